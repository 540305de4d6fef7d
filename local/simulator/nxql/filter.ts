import type { Platform } from '../world/people.ts';
import type { Filter, Junction } from './clauses.ts';
import { NxqlError, nearest } from './error.ts';
import { type Readable, resolveFields } from './fields.ts';
import { compareVersions, equality, literalTypes, readNumber, TEXTS } from './literal.ts';
import type { Scope } from './scope.ts';
import { resolveTime } from './time.ts';

/** Whether a row of a table passes. */
export type Test = (row: number, platform: Platform) => boolean;

const EQUALITY = ['eq', 'ne'];
const ORDER = ['gt', 'ge', 'lt', 'le'];

/**
 * Makes one test of several filters, all of which must pass. A missing value is unequal to any and neither before nor
 * after one. How the language's "logical operators" look is not documented; `(or ...)`, `(and ...)`, `(not ...)` are taken.
 * @throws {NxqlError} an operator, a type or a value does not fit the field
 */
export function compileFilters(scope: Scope, table: string, filters: Junction['filters']): Test {
  const tests = filters.map((filter): Test => {
    if ('join' in filter) return compileJunction(scope, table, filter);
    if (filter.field.text.includes('*') && !filter.field.dynamic) throw new NxqlError('a filter has one field, not *');
    return compileFilter(scope, resolveFields(scope.engine, table, filter.field, scope.platforms)[0]!, filter);
  });
  return (row, platform) => tests.every((test) => test(row, platform));
}

function compileJunction(scope: Scope, table: string, { join, filters }: Junction): Test {
  if (join === 'or') {
    const tests = filters.map((filter) => compileFilters(scope, table, [filter]));
    return (row, platform) => tests.some((test) => test(row, platform));
  }
  const all = compileFilters(scope, table, filters);
  return join === 'and' ? all : (row, platform) => !all(row, platform);
}

function compileFilter(scope: Scope, field: Readable, filter: Filter): Test {
  const { operator } = filter;
  const ordered = ORDER.includes(operator);
  if (!ordered && !EQUALITY.includes(operator))
    throw new NxqlError(`unknown operator ${operator}`, nearest(operator, [...EQUALITY, ...ORDER]));
  const literal = { ...filter, type: literalType(scope, field, filter.type) };
  if (ordered) return compileOrder(scope, field, literal);
  const toNumber = () => numberOf(scope, field, literal);
  const equals = equality(literal, field.type, scope.caseSensitive !== false, toNumber);
  const wanted = operator === 'eq';
  return (row, platform) => equals(field.read(row, platform)) === wanted;
}

function literalType({ untypedLiterals = true }: Scope, field: Readable, type: string): string {
  const allowed = literalTypes(field.type);
  if (type === 'nil' || allowed.includes(type)) return type;
  if (type === 'untyped' && untypedLiterals) return field.type;
  const message =
    type === 'untyped'
      ? 'a literal needs a type, such as (string "x")'
      : `${field.name} is not compared with a ${type}`;
  throw new NxqlError(message, allowed);
}

function compileOrder(scope: Scope, field: Readable, { operator, type, value }: Filter): Test {
  if (field.type === 'version' && type === 'version') {
    return (row, platform) => {
      const cell = field.read(row, platform);
      return typeof cell === 'string' && isOrdered(operator, compareVersions(cell, value));
    };
  }
  if (type === 'nil' || [...TEXTS, 'enum', 'boolean'].includes(field.type)) {
    throw new NxqlError(`${field.name} has no order`, EQUALITY);
  }
  const bound = numberOf(scope, field, { type, value });
  return (row, platform) => {
    const cell = field.read(row, platform);
    return typeof cell === 'number' && isOrdered(operator, cell - bound);
  };
}

function numberOf(scope: Scope, field: Readable, { type, value }: Pick<Filter, 'type' | 'value'>): number {
  if (field.type === 'datetime') return resolveTime(value, scope.now, scope.engine.zone);
  const number = readNumber(type, value);
  return type === 'permill' && field.type === 'percent' ? number / 1000 : number;
}

/** @param difference of the cell and the bound */
function isOrdered(operator: string, difference: number): boolean {
  if (operator === 'gt') return difference > 0;
  if (operator === 'ge') return difference >= 0;
  return operator === 'lt' ? difference < 0 : difference <= 0;
}
