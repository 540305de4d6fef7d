import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { MappedTable } from './mapping.ts';

/** One stored column of a live database, from its catalog. A partition counts as its parent. */
export interface CatalogColumn {
  /** `schema.table`. */
  readonly table: string;
  readonly kind: 'table' | 'materialized view' | 'foreign table';
  readonly column: string;
  /** Its table, quoted, with `ONLY` where other tables may inherit from it. */
  readonly from: string;
  /** In PostgreSQL's form, such as `character varying(40)`. */
  readonly type: string;
  /** The type for a cast: without a length, because a cast would cut the text. */
  readonly cast: string;
  readonly limit: number | null;
  /** `none`: numbers, times, ids and the like. `other`: text in another form (bytes, XML, composites). `unknown`: to this code. */
  readonly form: 'none' | 'text' | 'json' | 'array' | 'lexemes' | 'other' | 'unknown';
  /** Of numbers, also several in each value. */
  readonly numeric: boolean;
  readonly nullable: boolean;
  /** Computed from other columns of its row, so it changes with them. */
  readonly generated: boolean;
  readonly referenced: boolean;
  readonly key: boolean;
  /** What an administrator must run before the connected role can read all of it. */
  readonly missing: string | null;
  /** A table that it inherits from. */
  readonly parent: string | null;
}

/** A column of a table (`schema.table`) that refers to another. */
export type ForeignKey = readonly [table: string, column: string, to: string, theirs: string];

export interface PortalCatalog {
  /** Of the database, such as `UTF8`. */
  readonly encoding: string;
  /** Its locale, such as `en_US.utf8`. */
  readonly locale: string;
  /** Its locale knows the letters of every script, with upper and lower case as in Unicode. */
  readonly knowsLetters: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Triggers and rules, such as `trigger keep`. They may copy values elsewhere, so a person must check a new one. */
  readonly triggers: readonly { readonly table: string; readonly name: string }[];
}

/** Whether a column can hold a name, so that the mapping must list it. */
export const bearsText = ({ form }: Pick<CatalogColumn, 'form'>): boolean => form !== 'none';

/** Whether a run that clears a co-identifier has to write a token instead. */
export const isRequired = (one: CatalogColumn, table: Pick<MappedTable, 'tokens'> | undefined): boolean =>
  !one.nullable || one.referenced || table?.tokens?.[one.column] !== undefined;

/** SHA-256 of columns, types and triggers, hex. Partitions, the order of columns, roles, rows and the ledger do not change it. */
export function fingerprintOf({ columns, triggers }: PortalCatalog, ledger: string): string {
  const shape = columns
    .filter(({ table }) => table !== ledger)
    .map(({ table, kind, column, type, nullable, generated }) =>
      [table, kind, column, type, nullable ? '' : 'not null', generated ? 'generated' : ''].join('\t'),
    );
  const fired = triggers
    .filter(({ table }) => table !== ledger)
    .map(({ table, name }) => `${table}\t${name.replace(' ', '\t')}`);
  return createHash('sha256')
    .update(canonicalJson([...shape, ...fired].sort()))
    .digest('hex');
}
