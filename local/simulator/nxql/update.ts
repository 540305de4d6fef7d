import { seesObject } from '../servers/view.ts';
import type { Cell } from '../world/cells.ts';
import type { DynamicField, DynamicFields } from '../world/dynamic-fields.ts';
import { combineTests } from './activity.ts';
import type { Answer } from './answer.ts';
import { NxqlError, nearest } from './error.ts';
import { compileFilters } from './filter.ts';
import { readNumber } from './literal.ts';
import type { Scope } from './scope.ts';
import type { Update } from './statement.ts';

/** Fields that other parts of the product compute: nobody sets them. */
const COMPUTED = /^(score|action|campaign):/;

/**
 * Sets categories and custom fields of the objects that a statement selects, and tells of how many. All of the
 * statement is checked before anything is set.
 * @throws {NxqlError} a table, field, keyword or filter does not exist, or a field is not for setting
 */
export function applyUpdate({ sets, source }: Update, scope: Scope): Answer {
  const { engine, platforms } = scope;
  const [table, ...more] = source.tables;
  const objects = engine.objects.get(table!);
  if (!objects || more.length > 0 || source.activity || source.between || source.computes.length > 0) {
    throw new NxqlError('update needs one object table and its where clauses', [...engine.objects.keys()]);
  }
  const values = sets.map(({ field, type, value }): [string, Cell] => {
    const known = settable(engine.dynamicFields, table!, field.text);
    return [known.name, readValue(known, type, value)];
  });
  const tests = source.wheres.map((where) => {
    if (where.table !== table) throw new NxqlError(`${where.table} is not in the from clause`, [table!]);
    return { table, test: compileFilters(scope, table, where.filters) };
  });
  const passes = combineTests(scope, tests);
  const found = objects.rows.filter((row, number) => {
    const platform = platforms.find((candidate) => row.platforms.includes(candidate));
    return platform !== undefined && seesObject(engine.view, table!, number) && passes(number, platform);
  });
  for (const row of found) for (const [name, value] of values) row.dynamic.set(name, value);
  return { groups: [{ headers: ['updated_objects'], types: ['integer'] }], rows: [[[found.length]]] };
}

function settable(all: DynamicFields, table: string, name: string): DynamicField {
  const fields = (all[table] ?? []).filter((field) => !COMPUTED.test(field.name));
  const field = fields.find((candidate) => candidate.name === name);
  if (field) return field;
  const names = fields.map((candidate) => `#${candidate.name}`);
  throw new NxqlError(`${table} has no category or custom field of this name`, nearest(`#${name}`, names));
}

function readValue({ type: fieldType, keywords }: DynamicField, type: string, value: string): Cell {
  if (type === 'nil') return null;
  if (type !== fieldType && type !== 'untyped')
    throw new NxqlError(`the field takes a literal of type ${fieldType}`, [fieldType]);
  if (keywords && !keywords.includes(value)) throw new NxqlError('the category has no such keyword', keywords);
  return fieldType === 'string' || fieldType === 'enum' ? value : readNumber(type, value);
}
