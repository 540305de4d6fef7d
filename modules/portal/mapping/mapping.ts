import type { SubjectKind } from '../../requests/subject.ts';

/** `schema.table.column` of every column of a login account. */
export const accountColumns = (accounts: readonly AccountColumns[] = []): Set<string> =>
  new Set(accounts.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)));

/** How a column writes a name: `jdoe`, `CORP\jdoe`, `jdoe@corp.example`, `pc-7.corp.example`; all but `bare` also take it bare. */
export type Spelling = 'bare' | 'domain-backslash' | 'upn' | 'fqdn';

/** A column whose whole value is the name of one user or one device. */
export interface NameColumn {
  readonly column: string;
  readonly holds: SubjectKind;
  readonly spelling: Spelling;
}

/** A column that tells who someone is without the name: cleared in rows whose column `beside` holds the Subject. */
interface CoIdentifier {
  readonly column: string;
  readonly beside: string;
}

/** What a human approved about one table of the Portal. Columns that are not listed are never changed. */
export interface MappedTable {
  /** `schema.table`. */
  readonly table: string;
  /** Columns that order its rows. */
  readonly key: readonly string[];
  readonly names: readonly NameColumn[];
  readonly coIdentifiers: readonly CoIdentifier[];
  /** Text that may mention anybody. */
  readonly freeText: readonly string[];
  /** `json` or `jsonb`; names in values and keys alike. */
  readonly json: readonly string[];
  /** `text[]` of one dimension. */
  readonly arrays: readonly string[];
}

/** One CSV file of the archive: the rows of `from` that hold the Subject, each with what `joins` add. */
export interface RetrievedFile {
  /** Path in the archive without `portal/` and `.csv`. */
  readonly file: string;
  /** A mapped table. */
  readonly from: string;
  /** Tables joined by equal columns: `[theirs, from's]`; a row without a partner stays. */
  readonly joins: readonly { readonly table: string; readonly on: readonly (readonly [string, string])[] }[];
  /** `header` of the CSV column; `table` one of `joins`, else `from`. */
  readonly columns: readonly {
    readonly header: string;
    readonly column: string;
    readonly table?: string | undefined;
  }[];
}

/** Columns that may carry text and that a human has looked at: they name nobody, and are never changed. */
interface HarmlessColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Columns of the Portal's own login accounts: one that names the Subject is reported and never changed (R15). */
export interface AccountColumns {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The approved mapping of a Portal database (docs/portal-mapping.md); without one the Portal functions are off. */
export interface PortalMapping {
  /** Of the schema that was approved, see `fingerprintOf` of modules/portal/mapping/catalog.ts; another schema needs another look. */
  readonly fingerprint?: string | undefined;
  readonly tables: readonly MappedTable[];
  readonly harmless?: readonly HarmlessColumns[] | undefined;
  readonly accounts?: readonly AccountColumns[] | undefined;
  /** Materialized views made from names, in the order in which they are refreshed. */
  readonly derived: readonly string[];
  /** `schema.table` with one row per anonymization run, without names. */
  readonly ledger: string;
  readonly files: readonly RetrievedFile[];
}
