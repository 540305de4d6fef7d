import { PREFIX_COLUMNS } from '../column-names.ts';

/** Unit or kind of a value, and its meaning; other code uses further entries. */
type Meaning = readonly [unit: string, meaning: string, ...rest: unknown[]];
type Meanings = Readonly<Record<string, Meaning>>;

/** Descriptions of the Engines' files, by path in the archive, and of their tables. */
export interface EngineWords {
  /** `of`: the table of columns without a table name. */
  readonly files: ReadonlyMap<string, { readonly about: string; readonly of?: string }>;
  readonly tables: Readonly<Record<string, { readonly columns: Meanings }>>;
  readonly common: Meanings;
}

/** Descriptions of the Portal's files, by path in the archive, and of their columns. */
export type PortalWords = { readonly files: Readonly<Record<string, string>>; readonly columns: Meanings };

export type Dictionary = { readonly engines: EngineWords; readonly portal: PortalWords };

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Files of a single Engine mean the same as the shared ones: `engines/user.eu-1.csv` is `engines/user.csv`. */
const sharedFile = (name: string): string => name.replace(/^([^/]+\/[^./]*).*$/s, '$1.csv');

const isPortals = (file: string): boolean => file.startsWith('portal/');

export function meaningOfFile({ engines, portal }: Dictionary, name: string): string {
  const file = sharedFile(name);
  if (isPortals(name)) return own(portal.files, file) ?? 'results that the Portal holds';
  return engines.files.get(file)?.about ?? 'a table of the Engines';
}

/** The table of a column: `user` for `user/name`; `''` for the first columns, which we add. */
export function tableOfColumn({ engines }: Dictionary, file: string, column: string): string {
  const [table, field] = column.split('/');
  if (field !== undefined && own(engines.tables, table!)) return table!;
  if (isPortals(file)) return 'portal';
  if (PREFIX_COLUMNS.includes(column)) return '';
  return engines.files.get(sharedFile(file))?.of ?? '';
}

export function meaningOfColumn(dictionary: Dictionary, file: string, column: string): Meaning | undefined {
  const { engines, portal } = dictionary;
  const table = tableOfColumn(dictionary, file, column);
  if (table === 'portal') return own(portal.columns, column);
  const numbered = column.slice(column.startsWith(`${table}/`) ? table.length + 1 : 0);
  const field = numbered.replace(/ \(\d+\)$/, ''); // `platform (2)`
  if (column.startsWith('#')) return ['text', 'field that the company has defined, or a score'];
  return own(own(engines.tables, table)?.columns ?? {}, field) ?? own(engines.common, field);
}
