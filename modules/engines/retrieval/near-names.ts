import { folded } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { halvesOf } from '../../requests/subjects/account-name.ts';
import { findStatement, isQueryable, objectStatement } from '../nxql.ts';
import { PERSON_COLUMNS } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import type { FoundAccount } from './find-accounts.ts';

/** Maximum near names of one Engine. */
const MAX_NEAR = 10;
/** Maximum letters in which a near name may differ. */
const MAX_DISTANCE = 2;

/** Names of a user's other accounts, to be offered and never included: those of the same SID or full name. */
export async function otherAccountsOf(
  { id, platform, name }: FoundAccount,
  client: Pick<EngineClient, 'rowsOrNone'>,
): Promise<string[]> {
  const names = new Set<string>();
  const send = (statement: string) => client.rowsOrNone(statement, platform, 'engines/user.csv');
  for (const field of PERSON_COLUMNS) {
    const [own] = await send(objectStatement('user', id, [], ['id', field])); // a version may know one of them
    const value = own?.[field] ?? '-';
    if (value === '-' || !isQueryable(value)) continue;
    const statement = findStatement('user', ['id', 'name'], field, value, field === 'sid' ? 'sid' : 'string');
    for (const row of await send(statement)) if (row.name && row.name !== name) names.add(row.name.toWellFormed());
  }
  return [...names].sort().slice(0, MAX_NEAR);
}

/** The names that differ from a typed one in a few letters, or in the domain alone, nearest first. */
export function nearest(kind: SubjectKind, typed: string, names: readonly string[]): string[] {
  const loginOf = (name: string) => folded(halvesOf({ kind, name }).login);
  const near = names
    .map((name) => ({ name, distance: distanceOf(loginOf(typed), loginOf(name)) }))
    .filter(({ name, distance }) => distance <= MAX_DISTANCE && isQueryable(name));
  return near
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MAX_NEAR)
    .map(({ name }) => name);
}

/** Number of letters to insert, remove or replace, as far as `MAX_DISTANCE`. */
function distanceOf(one: string, other: string): number {
  const [a, b] = [[...one], [...other]];
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    for (const [j, against] of b.entries()) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === against ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
