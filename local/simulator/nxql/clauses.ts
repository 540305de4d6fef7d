import { NxqlError, nearest } from './error.ts';
import { atomOf, type FieldName, fieldName, flatten, list, word } from './nodes.ts';
import type { Node } from './parser.ts';

/** A value with its type: `nil` for the literal without value, `untyped` for a value that stands alone. */
export interface Literal {
  readonly type: string;
  readonly value: string;
}

export interface Filter extends Literal {
  readonly operator: string;
  readonly field: FieldName;
}

/** Filters joined by a word; `not` has one. */
export interface Junction {
  readonly join: 'and' | 'or' | 'not';
  readonly filters: readonly (Filter | Junction)[];
}

export interface Where {
  readonly table: string;
  readonly filters: Junction['filters'];
}

export interface Between {
  readonly from: string;
  readonly to: string;
}

/** Clauses of `from` and of `with`. */
export interface Source {
  readonly tables: readonly string[];
  readonly wheres: readonly Where[];
  readonly computes: readonly string[];
  readonly between?: Between;
  readonly activity?: Source;
}

/** One key of `order_by`; `table` when the field was qualified. */
export interface OrderKey {
  readonly table?: string;
  readonly field: FieldName;
  readonly descending: boolean;
}

/** Reads what follows `from` or `with`. @throws {NxqlError} a clause is unknown, doubled or malformed */
export function readSource([head, ...clauses]: readonly Node[]): Source {
  if (head === undefined) throw new NxqlError('from and with need a table');
  const tables = flatten([head]).map((name) => word(name, 'a table'));
  if (tables.length === 0) throw new NxqlError('from and with need a table');
  const wheres: Where[] = [];
  const computes: string[] = [];
  let rest: Pick<Source, 'between' | 'activity'> = {};
  for (const clause of clauses) {
    const [verb, ...parts] = list(clause, 'a clause');
    const name = word(verb, 'where');
    if (name === 'where') {
      wheres.push(readWhere(parts));
    } else if (name === 'compute') {
      for (const part of flatten(parts)) computes.push(word(part, 'an aggregate'));
    } else if (name === 'between' && !rest.between) {
      rest = { ...rest, between: readBetween(parts) };
    } else if (name === 'with' && !rest.activity) {
      rest = { ...rest, activity: readSource(parts) };
    } else throw new NxqlError(`unexpected clause ${name}`, nearest(name, ['where', 'with', 'compute', 'between']));
  }
  return { tables, wheres, computes, ...rest };
}

const readWhere = ([table, ...filters]: readonly Node[]): Where => ({
  table: word(table, 'a table'),
  filters: filters.map(readFilter),
});

const JOINS: readonly string[] = ['and', 'or', 'not'] satisfies Junction['join'][];

function readFilter(node: Node): Filter | Junction {
  const [operator, field, literal, ...more] = list(node, 'a filter');
  const join = operator?.kind === 'atom' && JOINS.includes(operator.text) && (operator.text as Junction['join']);
  if (join) {
    const filters = list(node, 'a filter').slice(1).map(readFilter);
    if (filters.length === 0 || (join === 'not' && filters.length > 1)) throw new NxqlError(`${join} needs filters`);
    return { join, filters };
  }
  if (field === undefined || literal === undefined || more.length > 0) {
    throw new NxqlError('a filter has an operator, a field and a literal');
  }
  return { operator: word(operator, 'an operator'), field: fieldName(field), ...readLiteral(literal) };
}

/** Reads `(TYPE value)`, `nil` or a value alone. @throws {NxqlError} it has no value, or several */
export function readLiteral(node: Node): Literal {
  if (node.kind === 'atom') {
    return node.text === 'nil' && !node.quoted ? { type: 'nil', value: '' } : { type: 'untyped', value: node.text };
  }
  const [type, value, ...more] = node.items;
  if (value === undefined && word(type, 'a type') === 'nil') return { type: 'nil', value: '' };
  if (value?.kind !== 'atom' || more.length > 0) throw new NxqlError('a literal has a type and one value');
  return { type: word(type, 'a type'), value: value.dynamic ? `#${value.text}` : value.text };
}

/** Reads two times, each bare, in quotes or as `(datetime ...)`. @throws {NxqlError} they are not two */
export function readBetween(parts: readonly Node[]): Between {
  if (parts.length !== 2) throw new NxqlError('between has two times');
  const [from, to] = parts.map((part) => {
    if (part.kind === 'atom') return part.text;
    const [type, value, ...more] = part.items;
    if (word(type, 'datetime') !== 'datetime' || more.length > 0) throw new NxqlError('a time is a datetime');
    return atomOf(value, 'a time').text;
  });
  return { from: from!, to: to! };
}

const WAYS: Readonly<Record<string, boolean>> = { asc: false, ascending: false, desc: true, descending: true };

/**
 * Reads the keys of `order_by`: each a field with its direction before or after it or left out, in parentheses of its
 * own or not; `table/field` qualifies.
 * @throws {NxqlError} there is no field, or a direction belongs to none
 */
export function readOrder(parts: readonly Node[]): OrderKey[] {
  const keys: OrderKey[] = [];
  let ahead: boolean | undefined;
  let closed = true;
  for (const atom of flatten(parts)) {
    const way = atom.quoted || atom.dynamic ? undefined : WAYS[atom.text];
    if (way === undefined) {
      const [, table, text] = /^([a-z_]+)\/(.+)$/.exec(atom.dynamic ? '' : atom.text) ?? [];
      const field = { text: text ?? atom.text, dynamic: atom.dynamic };
      keys.push({ ...(table !== undefined && { table }), field, descending: ahead ?? false });
      closed = ahead !== undefined;
      ahead = undefined;
    } else if (!closed) {
      keys.push({ ...keys.pop()!, descending: way });
      closed = true;
    } else if (ahead === undefined) ahead = way;
    else throw new NxqlError('order_by has a field and a direction', ['asc', 'desc']);
  }
  if (keys.length === 0 || ahead !== undefined) {
    throw new NxqlError('order_by has a field and a direction', ['asc', 'desc']);
  }
  return keys;
}

/** Reads one whole number. @throws {NxqlError} it is none */
export function readLimit(parts: readonly Node[]): number {
  const { text } = atomOf(parts[0], 'a number');
  if (parts.length !== 1 || !/^\d{1,9}$/.test(text)) throw new NxqlError('limit has one whole number');
  return Number(text);
}
