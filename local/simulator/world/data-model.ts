import json from '../data-model.json' with { type: 'json' };
import type { Platform } from './people.ts';

/**
 * One static field of a table. `list`: its value is a list of texts. `values`: the keywords of an `enum`, where known.
 * `number`: its place in the documented model, which its values are drawn from.
 */
export interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly platforms: readonly Platform[];
  readonly list: boolean;
  readonly values: readonly string[] | undefined;
}

/** One NXQL table. `time.end` is absent for events without an extent. */
export interface Table {
  readonly name: string;
  readonly kind: 'object' | 'event';
  readonly platforms: readonly Platform[];
  /** Object tables that its events are linked to. */
  readonly links: readonly string[];
  readonly time: { readonly start: string; readonly end?: string } | undefined;
  readonly fields: readonly Field[];
}

interface FieldText {
  readonly type: string;
  readonly platforms?: readonly string[];
  readonly list?: boolean;
  readonly values?: readonly string[];
}

interface TableText {
  readonly kind: string;
  readonly platforms: readonly string[];
  readonly links: readonly string[];
  readonly time?: { readonly start: string; readonly end?: string };
  readonly fields: Readonly<Record<string, FieldText>>;
}

const readField = (number: number, name: string, text: FieldText, table: TableText): Field => ({
  number,
  name,
  type: text.type,
  platforms: (text.platforms ?? table.platforms) as readonly Platform[],
  list: text.list ?? false,
  values: text.values,
});

const readTable = (name: string, text: TableText): Table => ({
  name,
  kind: text.kind as Table['kind'],
  platforms: text.platforms as readonly Platform[],
  links: text.links,
  time: text.time,
  fields: Object.entries(text.fields).map(([field, fieldText], number) => readField(number, field, fieldText, text)),
});

/** The tables that one Engine knows, by name, objects first. */
export type Schema = ReadonlyMap<string, Table>;

/** Every table of the NXQL data model. Source: local/simulator/data-model.json. */
export const TABLES: Schema = new Map(
  Object.entries(json as Readonly<Record<string, TableText>>).map(([name, text]) => [name, readTable(name, text)]),
);

/** Names of the object or of the event tables. */
export const tableNames = (kind: Table['kind']): string[] =>
  [...TABLES.values()].filter((table) => table.kind === kind).map(({ name }) => name);

/** The fields of a table that all of these platforms share, as the Engine answers a query over several. */
export const sharedFields = (table: Table, platforms: readonly Platform[]): Field[] =>
  table.fields.filter((field) => platforms.every((platform) => field.platforms.includes(platform)));
