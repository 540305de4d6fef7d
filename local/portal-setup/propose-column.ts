import type { Identity } from '../../modules/portal/mapping/mapping.ts';
import { SubjectKind } from '../../modules/requests/subject.ts';
import type { TableSample } from './sample-tables.ts';
import {
  type Facts,
  factsOf,
  holdsMostly,
  isCounted,
  isDomain,
  isPersonal,
  type Knowledge,
  loginOf,
  plain,
  SAME_SHARE,
} from './value-evidence.ts';

/** A column that holds names, by its position. */
interface NameAt {
  readonly at: number;
  readonly holds: SubjectKind;
}

/** Tables with the same columns, such as one for each day. They are looked at together. */
export interface Family {
  readonly tables: readonly string[];
  readonly sample: TableSample;
  readonly facts: readonly Facts[];
  readonly names: readonly NameAt[];
}

/** How a column of tables alike is to be treated, and the evidence. `ask`: what a person has to decide. */
export interface ColumnProposal {
  readonly tables: readonly string[];
  readonly column: string;
  readonly type: string;
  readonly example: string | undefined;
  readonly role: 'name' | 'domain' | 'co-identifier' | 'text' | 'harmless' | 'account' | 'none';
  /** Position of the name column of the same person. */
  readonly beside: number | undefined;
  readonly why: string;
  readonly ask: string | undefined;
}

const [MIN_NAMES, MIN_REPEATED] = [2, 5];
/** Share of the values of a name column that are known, and of an identifying column that differ. */
const [KNOWN_SHARE, MIN_DIFFERENT] = [0.3, 0.9];
/** A table with many columns has twins by its columns alone, one with few by its name, too. */
const TELLING_COLUMNS = 6;
const ENUMERATION = { rows: 30, values: 60, each: 4 };
/** Maximum values of a column of states or kinds. Without known names, more words than these may be names. */
const MAX_STATES = 8;

/** @param planted columns (`schema.table.column`) where a planted name is a whole value, and whose name it is */
export function familiesOf(
  samples: readonly TableSample[],
  statistics: ReadonlyMap<string, readonly string[]>,
  knowledge: Knowledge,
  planted: ReadonlyMap<string, SubjectKind>,
): Family[] {
  const likeness = ({ table, columns }: TableSample) =>
    JSON.stringify([
      columns.map(({ column, type, nullable, key, generated }) => [column, type, nullable, key, generated]),
      columns.length < TELLING_COLUMNS && table.replace(/\d+/g, '#'),
    ]);
  return [...Map.groupBy(samples, likeness).values()].map((alike) => {
    const tables = alike.map(({ table }) => table);
    const sample = { ...alike[0]!, rows: alike.flatMap(({ rows }) => rows) };
    const places = sample.columns.map(({ column }) => tables.map((table) => `${table}.${column}`));
    const facts = places.map((alike, at) => {
      const planned = alike.flatMap((place) => statistics.get(place) ?? []);
      return factsOf(sample, at, planned, knowledge);
    });
    const names = facts.flatMap((each, at): NameAt[] => {
      const [seen] = places[at]!.flatMap((place) => planted.get(place) ?? []);
      const holds = each.column.form === 'text' ? kindIn(each, seen) : undefined;
      return holds === undefined ? [] : [{ at, holds }];
    });
    return { tables, sample, facts, names };
  });
}

/** Whose names a column holds. */
function kindIn({ known, values, format }: Facts, planted: SubjectKind | undefined): SubjectKind | undefined {
  if (planted) return planted;
  const kind = known.user >= known.device ? 'user' : 'device';
  const isKnown = known[kind] >= MIN_NAMES && known[kind] >= KNOWN_SHARE * values.length;
  return isKnown ? kind : format === 'account' ? 'user' : undefined;
}

const MISSING = 'Names were missing to compare with. Does it hold names?';
const ASK_ID = 'Does this id tell who someone is? If so, clear it.';
const ASK_FIELDS = 'Do fields of it tell who someone is? If so, clear it.';

/** Evidence, the role that it shows, how to say it, and what it leaves to a person. */
type Rule = readonly [holds: boolean, role: ColumnProposal['role'], why: string, ask?: string | false];

/** What one column of a family is. @param identity of the people or devices whom the family keeps, if it does */
export function proposeColumn(
  family: Family,
  at: number,
  knowledge: Knowledge,
  identity: Identity | undefined,
): ColumnProposal {
  const { names, sample } = family;
  const facts = family.facts[at]!;
  const { column, values, format, known, filled, distinct } = facts;
  const { form, type } = column;
  const name = names.find((each) => each.at === at);
  const isFirst = name === names.find(({ holds }) => holds === name?.holds);
  const owner = ownerIn(family, at, knowledge, identity);
  const isOfPerson = identity !== undefined && distinct >= MIN_DIFFERENT * filled && !column.key;
  const isGuid = format === 'GUID';
  const keyOf = SubjectKind.options.find((kind) => values.every((value) => knowledge.keys[kind].has(value)));
  const isOwned = (value: string) =>
    SubjectKind.options.some((kind) => knowledge.owners.has(`${kind}:${plain(value)}`));
  const repeats = distinct * ENUMERATION.each <= filled;
  const matched = known.user + known.device;
  const lacksUsers = knowledge.isCut || knowledge.names.user.size === 0;
  const mayBeNames = lacksUsers && format === 'word' && values.length > MAX_STATES;
  const lacksNames = knowledge.isCut || Object.values(knowledge.names).some(({ size }) => size === 0);
  const rules: readonly Rule[] = [
    [column.generated, 'none', 'computed from other columns'],
    [
      form === 'text' && family.facts.some((each) => each.format === 'secret'),
      'account',
      'a column beside it holds hashes of passwords',
      'Are these login accounts of the Portal itself?',
    ],
    [name !== undefined && (!identity || isFirst || format === 'word'), 'name', ...nameEvidence(facts, name)],
    [owner !== undefined, 'co-identifier', owner?.why ?? ''],
    [values.length === 0, 'text', 'no values'],
    [isPersonal(facts), 'text', `${format}, and no row shows whose`, names.length > 0 && 'Clear it beside the name?'],
    [isGuid && isOfPerson, 'text', 'GUID, different for each', ASK_ID],
    [isGuid && !keyOf && values.some(isOwned), 'text', 'GUID, also in a table of people', ASK_ID],
    [isGuid, 'harmless', keyOf ? `GUID, key of a ${keyOf}` : 'GUID, and no key of a person'],
    [form === 'none', 'none', `${type} holds no name`],
    [form === 'unknown', 'text', `${type} is not known`, 'Can this type hold a name?'],
    [
      form !== 'text',
      'text',
      `${type}: searched inside`,
      names.length > 0 && values.some((value) => value.startsWith('(')) && ASK_FIELDS,
    ],
    [isDomain(facts, knowledge), 'domain', 'domains of the names'],
    [
      isOfPerson && format !== 'date' && format !== 'text',
      'text',
      `${format ?? 'text'}, different for each`,
      'Does it tell who someone is? If so, clear it.',
    ],
    [
      format === 'number' && !repeats && names.some((each) => goesWith(sample, each.at, at) !== false),
      'text',
      'numbers that differ',
      'Are these numbers of persons? If so, clear them.',
    ],
    [isCounted(facts), 'harmless', `${format} in all values`],
    [matched > 0, 'text', `${matched} of ${values.length} values are names`, 'Does it hold names?'],
    [
      filled >= ENUMERATION.rows && values.length <= ENUMERATION.values && repeats,
      mayBeNames ? 'text' : 'harmless',
      `${values.length} values in ${filled} rows, none a known name`,
      lacksUsers && MISSING,
    ],
    [true, 'text', `${format ?? 'text'} of many kinds`, format === 'word' && lacksNames && MISSING],
  ];
  const [, proposed, why, ask] = rules.find(([holds]) => holds)!;
  const role = proposed === 'co-identifier' && (!column.nullable || column.key) ? 'text' : proposed;
  const isNone = form === 'none' && (role === 'text' || role === 'harmless');
  const shown = { tables: family.tables, column: column.column, type, example: values[0] };
  return { ...shown, role: isNone ? 'none' : role, beside: owner?.beside, why, ask: ask || undefined };
}

function nameEvidence({ known, values, format }: Facts, { holds }: Pick<NameAt, 'holds'> = { holds: 'user' }) {
  const isSure = known[holds] >= SAME_SHARE * values.length;
  const why = `${known[holds]} of ${values.length} values are ${holds} names`;
  const evidence = known[holds] > 0 ? why : (format ?? 'the planted name');
  return [evidence, !isSure && `Does it hold names of ${holds}s?`] as const;
}

/** The name column of the person whom a column tells, with the evidence. */
function ownerIn({ sample, facts, names }: Family, at: number, { owners }: Knowledge, identity: Identity | undefined) {
  const { format, column, filled, distinct } = facts[at]!;
  const kind = format === 'MAC' || format === 'IP' ? 'device' : 'user';
  const personal = isPersonal(facts[at]!) ? names.filter(({ holds }) => holds === kind) : [];
  const isDifferent = filled > 0 && distinct >= SAME_SHARE * filled && !column.key;
  const isTrivial = identity !== undefined && !Object.values(identity.columns).includes(column.column);
  const isIn = ({ at: name, holds }: NameAt) =>
    holdsMostly(sample, [name, at], (one, path) => plain(path).split(/[\\/]/).includes(loginOf(holds, one)));
  const isTheirs = ({ at: name, holds }: NameAt) =>
    holdsMostly(sample, [name, at], (one, value) => {
      const key = owners.get(`${holds}:${loginOf(holds, one)}`);
      return Boolean(key) && owners.get(`${holds}:${plain(value)}`) === key;
    });
  const same = isTrivial ? undefined : names.filter((name) => name.at !== at).find(isTheirs);
  const evidence: readonly [NameAt | undefined, string][] = [
    [format === 'path' ? names.find(isIn) : undefined, 'path with the name of its row'],
    [identity && isDifferent ? personal[0] : undefined, `${format} of a ${kind}`],
    [personal.find((name) => goesWith(sample, name.at, at)), `${format} that goes with the name`],
    [same, `identifies the ${same?.holds} of its row`],
  ];
  const [name, why] = evidence.find(([found]) => found) ?? [];
  return name && { beside: name.at, why: why! };
}

/** Whether rows of one name have one value; undefined where names do not repeat. */
function goesWith({ rows }: TableSample, name: number, at: number): boolean | undefined {
  const filled = rows.filter((row) => row[name] && row[at]);
  const repeated = [...Map.groupBy(filled, (row) => plain(row[name]!)).values()].filter((same) => same.length > 1);
  if (repeated.length < MIN_REPEATED) return undefined;
  const alike = repeated.filter((same) => new Set(same.map((row) => row[at])).size === 1);
  const count = (column: number) => new Set(filled.map((row) => row[column])).size;
  return count(at) >= SAME_SHARE * count(name) && alike.length >= MIN_DIFFERENT * repeated.length;
}
