import { folded } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { distinctAccounts, halvesOf } from '../../requests/subjects/account-name.ts';
import { findStatement, isQueryable, objectStatement } from '../nxql.ts';
import { PERSON_COLUMNS, platformsOf } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import type { FoundAccount } from './find-accounts.ts';
import { casesOf } from './spelling.ts';

/** Maximum near names of one Engine. */
const MAX_NEAR = 10;
/** Letters at the start of a near name that must be as typed, so that few names are listed. */
const PREFIX = 3;
/** Maximum letters in which a near name may differ. */
const MAX_DISTANCE = 2;

/** A user's other accounts, to be offered and never included: those of the same SID or full name. */
export async function otherAccountsOf(
  { id, platform, name }: FoundAccount,
  client: Pick<EngineClient, 'rowsOrNone'>,
): Promise<readonly string[]> {
  const names = new Set<string>();
  const send = (statement: string) => client.rowsOrNone(statement, platform, 'engines/user.csv');
  for (const field of PERSON_COLUMNS) {
    const [own] = await send(objectStatement('user', id, [], ['id', field]));
    const value = own?.[field] ?? '-';
    if (value === '-' || !isQueryable(value)) continue;
    const statement = findStatement('user', ['id', 'name'], field, value, field === 'sid' ? 'sid' : 'string');
    for (const row of await send(statement)) if (row.name && row.name !== name) names.add(row.name.toWellFormed());
  }
  return [...names].sort();
}

/** Names on an Engine that differ from a typed one in a few letters, or in the domain alone, nearest first. */
export async function namesNear(
  client: Pick<EngineClient, 'rowsOrNone'>,
  typed: string,
  kind: SubjectKind,
): Promise<readonly string[]> {
  const { login } = halvesOf({ kind, name: typed });
  const stems = [...new Set(casesOf(login).map((each) => [...each].slice(0, PREFIX).join('')))];
  const near = new Map<string, number>();
  for (const stem of stems.filter(isQueryable)) {
    const statement = findStatement(kind, ['id', 'name'], 'name', `${stem}*`, 'pattern');
    for (const platform of platformsOf(kind)) {
      for (const { name = '' } of await client.rowsOrNone(statement, platform, `engines/${kind}.csv`)) {
        const distance = distanceOf(folded(login), folded(halvesOf({ kind, name }).login));
        if (distance <= MAX_DISTANCE && isQueryable(name)) near.set(name, distance);
      }
    }
  }
  const names = distinctAccounts(kind, [...near.keys()]);
  return names.sort((a, b) => near.get(a)! - near.get(b)!).slice(0, MAX_NEAR);
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
