import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/canonical-json.ts';

/**
 * What a column's type can carry. `none`: numbers, times, truth values, addresses, shapes, ids; `other`: text in a form
 * that cannot be rewritten in place (bytes, XML, text search vectors, composites); `unknown`: a type nobody has judged.
 */
export type ColumnForm = 'none' | 'text' | 'json' | 'array' | 'other' | 'unknown';

/** One column that a live database stores, as its catalog tells of it. Partitions count as their parent. */
export interface CatalogColumn {
  /** `schema.table`. */
  readonly table: string;
  readonly kind: 'table' | 'materialized view' | 'foreign table';
  readonly column: string;
  /** As PostgreSQL writes it, such as `character varying(40)`. */
  readonly type: string;
  readonly form: ColumnForm;
  readonly nullable: boolean;
  /** Computed from other columns of its row, so it changes with them. */
  readonly generated: boolean;
  /** Part of the primary key. */
  readonly key: boolean;
  /** The role that asked may select it. */
  readonly readable: boolean;
}

/** A trigger on a stored table: it may copy values elsewhere, so a new one needs a look. */
interface CatalogTrigger {
  readonly table: string;
  readonly name: string;
}

/** What a live database stores, apart from the system's own ledger. */
export interface PortalCatalog {
  /** Of the database, such as `UTF8`. */
  readonly encoding: string;
  /** Its locale, such as `en_US.utf8`. */
  readonly locale: string;
  /** By its locale letters of every script are letters, and upper and lower case are paired as in Unicode. */
  readonly knowsLetters: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly triggers: readonly CatalogTrigger[];
}

/** What stores the Subject's name must be listed in the mapping: all that can carry text and is not computed. */
export const bearsText = ({ form }: Pick<CatalogColumn, 'form'>): boolean => form !== 'none';

/**
 * Fingerprint of a schema: the same for the same columns, types and triggers, whatever the names of partitions, the
 * order of columns, the role that asks and the rows. The ledger is left out: it is ours.
 * @returns SHA-256, hex
 */
export function fingerprintOf({ columns, triggers }: PortalCatalog, ledger: string): string {
  const shape = columns
    .filter(({ table }) => table !== ledger)
    .map(({ table, kind, column, type, nullable, generated }) =>
      [table, kind, column, type, nullable ? '' : 'not null', generated ? 'generated' : ''].join('\t'),
    );
  const fired = triggers.filter(({ table }) => table !== ledger).map(({ table, name }) => `${table}\ttrigger\t${name}`);
  return createHash('sha256')
    .update(canonicalJson([...shape, ...fired].sort()))
    .digest('hex');
}
