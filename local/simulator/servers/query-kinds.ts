import { TABLES } from '../world/data-model.ts';

/** What a query is for, as far as its statement tells. */
export const QUERY_KINDS = ['account', 'look-up', 'list', 'event', 'header', 'dynamic', 'schema'] as const;
export type QueryKind = (typeof QUERY_KINDS)[number];

/**
 * Tells what a query is for: `dynamic` asks for the names of dynamic fields, `header` for columns without rows, `schema` for a table
 * that the documented model lacks, `event` for events, `look-up` for users or devices by name, `account` for some object or other, to
 * see whether it is answered, `list` for other objects.
 */
export function kindOfQuery(statement: string): QueryKind {
  if (/#(""|''|\*|%)/.test(statement)) return 'dynamic';
  if (/\(limit\s+0\)|\(identifier\s+0\)/.test(statement)) return 'header';
  const [, table = ''] = /\(from\s+\(?\s*([a-z_]+)/.exec(statement) ?? [];
  const known = TABLES.get(table);
  if (!known) return 'schema';
  if (known.kind === 'event') return 'event';
  if (/\(\w+\s+name\s+\(/.test(statement)) return 'look-up';
  return /\(from\s+[a-z_]+\s*\)\s*\(limit\s/.test(statement) ? 'account' : 'list';
}
