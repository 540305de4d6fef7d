import type { Cell } from './cells.ts';
import { scatter } from './random.ts';
import { AWKWARD_TEXTS } from './values.ts';

/** A field that administrators added: a category, a custom field, a score, a remote action's or a campaign's result. */
export interface DynamicField {
  /** Without `#`. */
  readonly name: string;
  readonly type: string;
  /** Keywords of a category. */
  readonly keywords?: readonly string[];
  /** A category that nobody was tagged with yet. */
  readonly unset?: boolean;
}

const KEYWORDS = ['VIP', 'Standard', 'Außendienst'];

/** Dynamic fields by object table. They are not part of `*`. */
export type DynamicFields = Readonly<Record<string, readonly DynamicField[]>>;

/** Those of the sample company. */
export const DYNAMIC_FIELDS: DynamicFields = {
  user: [
    { name: 'Category', type: 'enum', keywords: KEYWORDS },
    { name: 'Cost center', type: 'string' },
    { name: 'score:Digital Experience/CPU', type: 'percent' },
    { name: 'score:Digital Experience/CPU/payload', type: 'integer' },
    { name: 'campaign:Home office/How do you feel today?', type: 'string' },
  ],
  device: [
    { name: 'Category', type: 'enum', keywords: KEYWORDS },
    { name: 'Asset tag', type: 'string' },
    { name: 'score:Digital Experience/CPU', type: 'percent' },
    { name: 'score:Digital Experience/Boot/payload', type: 'integer' },
    { name: 'action:Clean disk/Freed space', type: 'integer' },
    { name: 'Source is active', type: 'enum', keywords: ['yes', 'no'] },
    { name: 'to be removed', type: 'enum', keywords: ['remove'], unset: true },
  ],
  binary: [{ name: 'Suspicious binary', type: 'enum', keywords: ['yes', 'no'] }],
};

/** Values of the dynamic fields of one object; about one in six is not set. */
export function drawDynamic(fields: DynamicFields, table: string, seed: number, row: number): Record<string, Cell> {
  const values = fields[table]!.map(({ name, type, keywords, unset }, number): [string, Cell] => {
    const bits = scatter(scatter(seed, 7_000 + number), row);
    if (bits % 6 === 0 || unset) return [name, null];
    if (keywords) return [name, keywords[bits % keywords.length]!];
    if (type === 'percent') return [name, (bits % 1001) / 1000];
    if (type === 'integer') return [name, bits % 10_000];
    return [name, bits % 4 === 0 ? AWKWARD_TEXTS[bits % AWKWARD_TEXTS.length]! : `${table} answer ${bits % 500}`];
  });
  return Object.fromEntries(values);
}
