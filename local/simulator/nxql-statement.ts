import { NxqlError } from './nxql-error.ts';
import { type Atom, type List, type Node, parse } from './nxql-parser.ts';

export interface FieldName {
  readonly text: string;
  readonly dynamic: boolean;
}

/** Fields asked of one table; `table` is absent in the plain form. */
export interface Selection {
  readonly table?: string;
  readonly fields: readonly FieldName[];
}

/** `type` is `nil` for the literal without value. */
export interface Filter {
  readonly operator: string;
  readonly field: FieldName;
  readonly type: string;
  readonly value: string;
}

export interface Where {
  readonly table: string;
  readonly filters: readonly Filter[];
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

export interface Statement {
  readonly selections: readonly Selection[];
  readonly source: Source;
  readonly orderBy?: { readonly field: FieldName; readonly descending: boolean };
  readonly limit?: number;
}

/**
 * Reads a select statement.
 * @throws {NxqlError} 403 for an update, 400 for anything that is not NXQL
 */
export function readStatement(text: string): Statement {
  const { items } = parse(text);
  const verb = word(items[0], 'select');
  if (verb === 'update') throw new NxqlError('this account may not edit categories', [], 403);
  if (verb !== 'select') throw new NxqlError(`unknown statement ${verb}`, ['select', 'update']);
  const [fields, ...clauses] = items.slice(1);
  if (fields === undefined) throw new NxqlError('select needs a list of fields');
  let source: Source | undefined;
  let extras: Pick<Statement, 'orderBy' | 'limit'> = {};
  for (const clause of clauses) {
    const [head, ...rest] = list(clause, 'a clause');
    const name = word(head, 'from');
    if (name === 'from' && !source) source = readSource(rest);
    else if (name === 'order_by' && !extras.orderBy) extras = { ...extras, orderBy: readOrder(rest) };
    else if (name === 'limit' && extras.limit === undefined) extras = { ...extras, limit: readLimit(rest) };
    else throw new NxqlError(`unexpected clause ${name}`, ['from', 'order_by', 'limit']);
  }
  if (!source) throw new NxqlError('select needs a from clause', ['from']);
  return { selections: readSelections(fields), source, ...extras };
}

function readSelections(node: Node): Selection[] {
  if (node.kind === 'atom') return [{ fields: [fieldName(node)] }];
  if (node.items.every((item) => item.kind === 'atom')) return [{ fields: node.items.map(fieldName) }];
  return node.items.map((item) => {
    const [table, ...fields] = list(item, 'fields of a table');
    const [only] = fields;
    const names = fields.length === 1 && only?.kind === 'list' ? only.items : fields;
    return { table: word(table, 'a table'), fields: names.map(fieldName) };
  });
}

function readSource([head, ...clauses]: readonly Node[]): Source {
  if (head === undefined) throw new NxqlError('from and with need a table');
  const tables = head.kind === 'atom' ? [word(head, 'a table')] : head.items.map((item) => word(item, 'a table'));
  const wheres: Where[] = [];
  const computes: string[] = [];
  let rest: Pick<Source, 'between' | 'activity'> = {};
  for (const clause of clauses) {
    const [verb, ...parts] = list(clause, 'a clause');
    const name = word(verb, 'where');
    if (name === 'where') wheres.push(readWhere(parts));
    else if (name === 'compute') computes.push(...parts.map((part) => word(part, 'an aggregate')));
    else if (name === 'between' && !rest.between) rest = { ...rest, between: readBetween(parts) };
    else if (name === 'with' && !rest.activity) rest = { ...rest, activity: readSource(parts) };
    else throw new NxqlError(`unexpected clause ${name}`, ['where', 'with', 'compute', 'between']);
  }
  return { tables, wheres, computes, ...rest };
}

const readWhere = ([table, ...filters]: readonly Node[]): Where => ({
  table: word(table, 'a table'),
  filters: filters.map(readFilter),
});

function readFilter(node: Node): Filter {
  const [operator, field, literal, ...more] = list(node, 'a filter');
  if (field === undefined || literal === undefined || more.length > 0) {
    throw new NxqlError('a filter has an operator, a field and a literal');
  }
  const head = { operator: word(operator, 'an operator'), field: fieldName(field) };
  if (literal.kind === 'atom') {
    if (literal.text !== 'nil' || literal.quoted) throw new NxqlError('a literal needs a type, such as (string "x")');
    return { ...head, type: 'nil', value: '' };
  }
  const [type, value, ...rest] = literal.items;
  if (value?.kind !== 'atom' || rest.length > 0) throw new NxqlError('a literal has a type and one value');
  return { ...head, type: word(type, 'a type'), value: value.dynamic ? `#${value.text}` : value.text };
}

function readBetween(parts: readonly Node[]): Between {
  if (parts.length !== 2) throw new NxqlError('between has two times');
  return { from: word(parts[0], 'a time'), to: word(parts[1], 'a time') };
}

function readOrder([field, direction, ...more]: readonly Node[]): { field: FieldName; descending: boolean } {
  const way = direction === undefined ? 'asc' : word(direction, 'asc');
  if (field === undefined || more.length > 0 || !['asc', 'desc'].includes(way)) {
    throw new NxqlError('order_by has a field and a direction', ['asc', 'desc']);
  }
  return { field: fieldName(field), descending: way === 'desc' };
}

function readLimit(parts: readonly Node[]): number {
  const text = word(parts[0], 'a number');
  if (parts.length !== 1 || !/^\d{1,9}$/.test(text)) throw new NxqlError('limit has one whole number');
  return Number(text);
}

function fieldName(node: Node): FieldName {
  const { text, quoted, dynamic } = atomOf(node, 'a field');
  if (quoted && !dynamic) throw new NxqlError('a field name stands without quotes');
  return { text, dynamic };
}

function word(node: Node | undefined, expected: string): string {
  const atom = atomOf(node, expected);
  if (atom.quoted || atom.dynamic) throw new NxqlError(`expected ${expected} without quotes`);
  return atom.text;
}

function atomOf(node: Node | undefined, expected: string): Atom {
  if (node?.kind !== 'atom') throw new NxqlError(`expected ${expected}`);
  return node;
}

function list(node: Node, expected: string): List['items'] {
  if (node.kind !== 'list') throw new NxqlError(`expected ${expected} in parentheses`);
  return node.items;
}
