import type { Form } from '../names/value-formats.ts';
import type { PortalTransaction } from './transaction.ts';

/** A column that may carry text. */
export interface TextColumn {
  readonly column: string;
  readonly form: Form;
  /** Name of its type, for casts; without a length, because a cast would cut the text. */
  readonly type: string;
  /** Maximum characters. */
  readonly limit?: number;
  readonly required: boolean;
  /** Computed from other columns, so it changes with them. */
  readonly generated: boolean;
}

/** A table, materialized view or foreign table; a partitioned one stands for its partitions. */
export interface TextRelation {
  /** Quoted, with `ONLY` where other tables inherit from it. */
  readonly from: string;
  /** `schema.table`. */
  readonly name: string;
  readonly columns: readonly TextColumn[];
}

const TYPES = `
  SELECT t.oid::text, t.typname, t.typtype, t.typcategory, t.typlen::text, t.typelem::text, t.typbasetype::text,
    (SELECT string_agg(a.atttypid::text, ',' ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped AND t.typtype = 'c')
  FROM pg_type t
  WHERE t.typtype <> 'p'`;

const COLUMNS = `
  SELECT CASE WHEN c.relkind = 'r' THEN 'ONLY ' ELSE '' END || format('%I.%I', n.nspname, c.relname),
    n.nspname || '.' || c.relname, a.attname, a.atttypid::text, format_type(a.atttypid, -1),
    CASE WHEN a.atttypmod > 4 AND t.typcategory = 'S' THEN (a.atttypmod - 4)::text END,
    a.attnotnull::text, (a.attgenerated <> '')::text
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  ORDER BY 2, a.attnum`;

/** Types, by name, with a text format of their own. */
const NAMED: Readonly<Record<string, Form>> = {
  bytea: { kind: 'bytes' },
  json: { kind: 'json' },
  jsonb: { kind: 'json' },
  xml: { kind: 'xml' },
  tsvector: { kind: 'lexemes' },
  tsquery: { kind: 'lexemes' },
  jsonpath: { kind: 'json' },
  hstore: { kind: 'pairs' },
  uuid: { kind: 'none' },
};

/** Numbers, booleans, times, shapes, addresses, bit strings; labels of an enumeration are in the catalog. */
const WITHOUT_TEXT = /^[NBDTGIVE]$/;

type TypeRow = readonly (string | null)[];

/** Every stored relation with the columns that may carry text. An unknown type counts as text. */
export async function textRelations(transaction: PortalTransaction): Promise<TextRelation[]> {
  const types = new Map((await transaction.query(TYPES)).rows.map((row) => [row[0]!, row] as const));
  const { rows } = await transaction.query(COLUMNS);
  return [...Map.groupBy(rows, ([from]) => from!)].map(([from, columns]) => ({
    from,
    name: columns[0]![1]!,
    columns: columns
      .map(([, , column, oid, type, limit, required, generated]) => ({
        column: column!,
        form: formOf(types, oid!),
        type: type!,
        ...(limit && { limit: Number(limit) }),
        required: required === 'true',
        generated: generated === 'true',
      }))
      .filter(({ form }) => form.kind !== 'none'),
  }));
}

function formOf(types: ReadonlyMap<string, TypeRow>, oid: string): Form {
  const type = types.get(oid);
  if (!type) return { kind: 'plain' };
  const [, name, kind, category, length, element, base, fields] = type;
  if (kind === 'd') return formOf(types, base!);
  if (category === 'A' && length === '-1' && element !== '0') {
    const of = formOf(types, element!);
    return of.kind === 'none' ? of : { kind: 'array', of };
  }
  if (kind === 'c') {
    const forms = (fields ?? '').split(',').map((field) => formOf(types, field));
    return forms.every((form) => form.kind === 'none') ? { kind: 'none' } : { kind: 'composite', fields: forms };
  }
  return NAMED[name!] ?? { kind: WITHOUT_TEXT.test(category!) ? 'none' : 'plain' };
}

/** True when a value of this form holds another form somewhere inside. */
export function holds(form: Form, kind: Form['kind']): boolean {
  if (form.kind === 'array') return holds(form.of, kind);
  if (form.kind === 'composite') return form.fields.some((field) => holds(field, kind));
  return form.kind === kind;
}
