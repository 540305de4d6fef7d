import type { Cell } from '../world/cells.ts';
import { NxqlError } from './error.ts';
import { wildcard } from './wildcard.ts';

/** Types of fields whose values are text. */
export const TEXTS: readonly string[] = [
  'string',
  'path',
  'md5',
  'sha1',
  'sha256',
  'sid',
  'version',
  'ip_address',
  'mac_address',
];

/** Kinds of hash: a field of one may be compared with a literal of another, which is never equal. */
const HASHES: readonly string[] = ['md5', 'sha1', 'sha256'];

/** Texts that are written in either case. */
const EITHER_CASE: readonly string[] = ['md5', 'sha1', 'sha256', 'sid', 'mac_address', 'ip_address'];

/** Types of literal that a field may be compared with. */
export function literalTypes(type: string): string[] {
  if (HASHES.includes(type)) return [...HASHES, 'string', 'pattern'];
  if (TEXTS.includes(type)) return [...new Set([type, 'string', 'pattern'])];
  if (type === 'boolean') return ['boolean', 'enum'];
  if (type === 'enum') return ['enum', 'pattern'];
  if (['identifier', 'datetime'].includes(type)) return [type];
  if (type === 'percent') return ['percent', 'permill'];
  return [...new Set([type, 'integer'])];
}

/**
 * Whether a cell equals a literal; a list equals a value that it holds.
 * @param toNumber reads the literal of a number or a time
 */
export function equality(
  { type, value }: { readonly type: string; readonly value: string },
  fieldType: string,
  caseSensitive: boolean,
  toNumber: () => number,
): (cell: Cell) => boolean {
  if (type === 'nil') return (cell) => cell === null;
  if (HASHES.includes(type) && HASHES.includes(fieldType) && type !== fieldType) return () => false;
  if (fieldType === 'boolean') {
    const wanted = truth(value);
    return (cell) => cell === wanted;
  }
  if (fieldType !== 'enum' && !TEXTS.includes(fieldType)) {
    const number = toNumber();
    return (cell) => cell === number;
  }
  const fold =
    caseSensitive && !EITHER_CASE.includes(fieldType) ? (text: string) => text : (text: string) => text.toLowerCase();
  const folded = fold(value);
  const pattern = type === 'pattern' ? wildcard(folded, true) : undefined;
  const matches = (text: string) => (pattern ? pattern.test(fold(text)) : fold(text) === folded);
  return (cell) => (typeof cell === 'string' ? matches(cell) : Array.isArray(cell) && cell.some(matches));
}

function truth(value: string): boolean {
  if (['yes', 'true', '1'].includes(value)) return true;
  if (['no', 'false', '0'].includes(value)) return false;
  throw new NxqlError('a boolean is yes or no', ['yes', 'no']);
}

/** Reads a number. @throws {NxqlError} it is none */
export function readNumber(type: string, value: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw new NxqlError(`a literal of type ${type} has no such value`);
  return Number(value);
}

/** Order of two versions such as `10.0.4`: by their parts as numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
