import type { Cell } from './cells.ts';
import { NxqlError } from './nxql-error.ts';
import { type Readable, resolveFields, wildcard } from './nxql-fields.ts';
import type { Filter } from './nxql-statement.ts';
import type { Platform } from './people.ts';
import type { EngineWorld } from './world.ts';

/** Whether a row of a table passes. */
export type Test = (row: number, platform: Platform) => boolean;

const TEXTS = ['string', 'path', 'md5', 'sha1', 'sha256', 'sid', 'version', 'ip_address', 'mac_address'];
const EQUALITY = ['eq', 'ne'];
const ORDER = ['gt', 'ge', 'lt', 'le'];

/**
 * Makes one test of several filters, all of which must pass. Texts are compared with their case; a list equals a value
 * that it holds; a missing value is unequal to any and neither before nor after one.
 * @throws {NxqlError} an operator, a type or a value does not fit the field
 */
export function compileFilters(
  engine: EngineWorld,
  table: string,
  filters: readonly Filter[],
  platforms: readonly Platform[],
): Test {
  const tests = filters.map((filter) => {
    if (filter.field.text.includes('*') && !filter.field.dynamic) throw new NxqlError('a filter has one field, not *');
    return compileFilter(resolveFields(engine, table, filter.field, platforms)[0]!, filter);
  });
  return (row, platform) => tests.every((test) => test(row, platform));
}

function compileFilter(field: Readable, { operator, type, value }: Filter): Test {
  const ordered = ORDER.includes(operator);
  if (!ordered && !EQUALITY.includes(operator))
    throw new NxqlError(`unknown operator ${operator}`, [...EQUALITY, ...ORDER]);
  const allowed = literalTypes(field.type);
  if (type !== 'nil' && !allowed.includes(type)) {
    throw new NxqlError(`${field.name} cannot be compared with a literal of type ${type}`, allowed);
  }
  if (ordered) {
    if (type === 'nil' || [...TEXTS, 'enum', 'boolean'].includes(field.type)) {
      throw new NxqlError(`${field.name} has no order`, EQUALITY);
    }
    const bound = toNumber(type, value);
    return (row, platform) => {
      const cell = field.read(row, platform);
      return typeof cell === 'number' && isOrdered(operator, cell, bound);
    };
  }
  const equals = equality(type, value, field.type);
  const wanted = operator === 'eq';
  return (row, platform) => equals(field.read(row, platform)) === wanted;
}

/** Types of literal that a field may be compared with. */
function literalTypes(type: string): string[] {
  if (TEXTS.includes(type)) return [...new Set([type, 'string', 'pattern'])];
  if (type === 'boolean') return ['boolean', 'enum'];
  if (['enum', 'identifier', 'datetime', 'percent'].includes(type)) return [type];
  return [...new Set([type, 'integer'])];
}

function equality(type: string, value: string, fieldType: string): (cell: Cell) => boolean {
  if (type === 'nil') return (cell) => cell === null;
  if (type === 'pattern') return matcher(wildcard(value, true));
  if (fieldType === 'boolean') return (cell) => cell !== null && (cell ? 'yes' : 'no') === value;
  if (fieldType === 'enum' || TEXTS.includes(fieldType)) {
    return (cell) => cell === value || (Array.isArray(cell) && cell.includes(value));
  }
  const number = toNumber(type, value);
  return (cell) => cell === number;
}

const matcher =
  (pattern: RegExp) =>
  (cell: Cell): boolean =>
    typeof cell === 'string' ? pattern.test(cell) : Array.isArray(cell) && cell.some((item) => pattern.test(item));

function toNumber(type: string, value: string): number {
  if (type === 'datetime' || !/^-?\d+(\.\d+)?$/.test(value))
    throw new NxqlError(`a literal of type ${type} has no such value`);
  return Number(value);
}

function isOrdered(operator: string, cell: number, bound: number): boolean {
  if (operator === 'gt') return cell > bound;
  if (operator === 'ge') return cell >= bound;
  return operator === 'lt' ? cell < bound : cell <= bound;
}
