import { folded } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { halvesOf, type Kinship, kinshipOf } from '../../requests/subjects/account-name.ts';
import { findStatement, isQueryable, objectStatement } from '../nxql.ts';
import { PERSON_COLUMNS, platformsOf } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import type { FoundAccount } from './find-accounts.ts';
import { stemsOf } from './spelling.ts';

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
  const fields = (some: readonly string[]) => send(objectStatement('user', id, [], ['id', ...some]));
  const [all] = await fields(PERSON_COLUMNS);
  for (const field of PERSON_COLUMNS) {
    const [own] = all ? [all] : await fields([field]); // a version may know one of them
    const value = own?.[field] ?? '-';
    if (value === '-' || !isQueryable(value)) continue;
    const statement = findStatement('user', ['id', 'name'], field, value, field === 'sid' ? 'sid' : 'string');
    for (const row of await send(statement)) if (row.name && row.name !== name) names.add(row.name.toWellFormed());
  }
  return [...names].sort();
}

/**
 * Objects of an Engine whose names begin like a typed one, in any case, and differ in a few letters or in the domain alone,
 * nearest first. For an Engine that does not know the name: it takes several queries. An object that differs in case alone is
 * the account itself, which no query with another case has found (`JDoe` typed as `jdoe`).
 */
export async function accountsNear(
  client: Pick<EngineClient, 'rowsOrNone'>,
  typed: string,
  kind: SubjectKind,
): Promise<readonly NearAccount[]> {
  const login = folded(halvesOf({ kind, name: typed }).login);
  const near: NearAccount[] = [];
  for (const stem of stemsOf([...login].slice(0, PREFIX).join('')).filter(isQueryable)) {
    const statement = findStatement(kind, ['id', 'name'], 'name', `${stem}*`, 'pattern');
    for (const platform of platformsOf(kind)) {
      for (const { id = '', name = '' } of await client.rowsOrNone(statement, platform, `engines/${kind}.csv`)) {
        const distance = distanceOf(login, folded(halvesOf({ kind, name }).login));
        const kinship = kinshipOf(kind, typed, name);
        if (distance <= MAX_DISTANCE && isQueryable(name)) near.push({ id, name, platform, kinship, distance });
      }
    }
  }
  return near.sort((one, other) => one.distance - other.distance);
}

interface NearAccount extends Omit<FoundAccount, 'kinship'> {
  readonly kinship: Kinship;
  /** Letters in which the login differs. */
  readonly distance: number;
}

/** True for an account that differs from the typed name in case, or in the form of the domain, alone. */
export const isMeant = <T extends { readonly kinship: Kinship }>(account: T): account is T & FoundAccount =>
  account.kinship !== 'other';

/** Names on an Engine that are like a typed one. */
export const namesNear = async (
  client: Pick<EngineClient, 'rowsOrNone'>,
  typed: string,
  kind: SubjectKind,
): Promise<readonly string[]> =>
  [...new Set((await accountsNear(client, typed, kind)).map(({ name }) => name))].slice(0, MAX_NEAR);

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
