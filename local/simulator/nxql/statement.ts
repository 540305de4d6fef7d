import {
  type Between,
  type Literal,
  type OrderKey,
  readBetween,
  readLimit,
  readLiteral,
  readOrder,
  readSource,
  type Source,
} from './clauses.ts';
import { NxqlError, nearest } from './error.ts';
import { type FieldName, fieldName, list, word } from './nodes.ts';
import { type List, type Node, parse } from './parser.ts';

/** Fields asked of one table; `table` is absent in the plain form. */
export interface Selection {
  readonly table?: string;
  readonly fields: readonly FieldName[];
}

export interface Select {
  readonly verb: 'select';
  readonly selections: readonly Selection[];
  readonly source: Source;
  readonly orderBy?: readonly OrderKey[];
  readonly limit?: number;
}

/** New values of dynamic fields for the objects of a table. */
export interface Update {
  readonly verb: 'update';
  readonly sets: readonly (Literal & { readonly field: FieldName })[];
  readonly source: Source;
}

/**
 * Reads a statement.
 * @throws {NxqlError} it is not NXQL
 */
export function readStatement(text: string): Select | Update {
  const [head, ...parts] = parse(text).items;
  const verb = word(head, 'select', ['select', 'update']);
  if (verb === 'select') return readSelect(parts);
  if (verb === 'update') return readUpdate(parts);
  throw new NxqlError(`unknown statement ${verb}`, nearest(verb, ['select', 'update']));
}

const CLAUSES = ['from', 'between', 'order_by', 'limit'];

function readSelect(parts: readonly Node[]): Select {
  const first = parts.findIndex(isClause);
  const [asked, clauses] = first < 0 ? [parts, []] : [parts.slice(0, first), parts.slice(first)];
  if (asked.length === 0) throw new NxqlError('select needs a list of fields');
  const selections = readSelections(asked);
  const found = new Map<string, readonly Node[]>();
  for (const clause of clauses) {
    const [head, ...rest] = list(clause, 'a clause');
    const name = word(head, 'from', CLAUSES);
    if (!CLAUSES.includes(name) || found.has(name)) {
      throw new NxqlError(`unexpected clause ${name}`, nearest(name, CLAUSES));
    }
    found.set(name, rest);
  }
  const [from, between, order, limit] = CLAUSES.map((name) => found.get(name));
  if (!from) throw new NxqlError('select needs a from clause', ['from']);
  const source = between ? within(readSource(from), readBetween(between)) : readSource(from);
  return {
    verb: 'select',
    selections,
    source,
    ...(order && { orderBy: readOrder(order) }),
    ...(limit && { limit: readLimit(limit) }),
  };
}

/** Some clients close `from` before `between`: it means the same. @throws {NxqlError} there is one already */
function within(source: Source, between: Between): Source {
  if (source.activity && !source.activity.between) return { ...source, activity: { ...source.activity, between } };
  if (source.between || source.activity) throw new NxqlError('there are two between clauses');
  return { ...source, between };
}

const isClause = (node: Node): boolean =>
  node.kind === 'list' && node.items[0]?.kind === 'atom' && CLAUSES.includes(node.items[0].text);

/** Reads fields, or groups `(TABLE (FIELD...))`; the list around either may be left out. */
function readSelections(nodes: readonly Node[]): Selection[] {
  const [only, ...more] = nodes;
  const items = only?.kind === 'list' && more.length === 0 && !isGroup(only) ? only.items : nodes;
  if (items.every((item) => item.kind === 'atom')) return [{ fields: items.map(fieldName) }];
  return items.map((item) => {
    const [table, ...fields] = list(item, 'fields of a table');
    const [only] = fields;
    const names = fields.length === 1 && only?.kind === 'list' ? only.items : fields;
    return { table: word(table, 'a table'), fields: names.map(fieldName) };
  });
}

/** True for `(TABLE (FIELD...))`. */
const isGroup = ({ items }: List): boolean => items[0]?.kind === 'atom' && items[1]?.kind === 'list';

function readUpdate(clauses: readonly Node[]): Update {
  const sets: Update['sets'][number][] = [];
  let source: Source | undefined;
  for (const clause of clauses) {
    const [head, ...parts] = list(clause, 'a clause');
    const name = word(head, 'set', ['set', 'from']);
    if (name === 'set') {
      for (const set of readSets(parts)) sets.push(set);
    } else if (name === 'from' && !source) {
      source = readSource(parts);
    } else throw new NxqlError(`unexpected clause ${name}`, ['set', 'from']);
  }
  if (!source || sets.length === 0) throw new NxqlError('update needs a set and a from clause', ['set', 'from']);
  return { verb: 'update', sets, source };
}

function readSets(parts: readonly Node[]): Update['sets'][number][] {
  if (parts.length === 0 || parts.length % 2 === 1) throw new NxqlError('set has fields and values in turn');
  return Array.from({ length: parts.length / 2 }, (_, index) => ({
    field: fieldName(parts[2 * index]!),
    ...readLiteral(parts[2 * index + 1]!),
  }));
}
