import { isDeepStrictEqual } from 'node:util';
import { findStatement, isQueryable } from '../nxql.ts';
import { platformsOf } from '../tables/tables.ts';
import { accountsOf, type FoundAccount } from './find-accounts.ts';
import type { QueryContext } from './query-context.ts';
import { type FoundObject, keyOf } from './query-units.ts';
import { resolveAccounts } from './resolve-accounts.ts';

type Looked = Pick<QueryContext, 'client' | 'subject' | 'accounts' | 'names'>;

/**
 * Looks the Subject's objects up again after queries about their ids. Ids change while an Engine is queried, as after a restore,
 * and an answer about a former id is empty, or about somebody else (R12).
 * @returns the objects when they have other ids now
 */
export async function findOtherIds(looked: Looked): Promise<readonly FoundAccount[] | undefined> {
  if (await haveSameNames(looked)) return undefined;
  const { accounts } = await resolveAccounts(looked.client, looked.subject);
  return areSame(looked.accounts, accounts) ? undefined : accounts;
}

/** Looks for the names on all platforms in one query. @returns false as well when the Engine refuses that */
async function haveSameNames({ client, subject: { kind }, accounts, names }: Looked): Promise<boolean> {
  const known = new Set(accounts.map(({ name }) => name));
  const found = new Set<string>();
  for (const name of known.size > 0 ? known : names) {
    if (!isQueryable(name)) return false;
    const statement = findStatement(kind, ['id', 'name'], 'name', name);
    const rows = await client.rowsIfKnown(statement, platformsOf(kind), `engines/${kind}.csv`);
    if (!rows) return false;
    for (const row of rows) if (accountsOf([{ name: row.name! }], [name], kind).length > 0) found.add(row.id!);
  }
  return isDeepStrictEqual(found, new Set(accounts.map(({ id }) => id)));
}

/** True when both are the same ids on the same platforms. */
export const areSame = (some: readonly FoundObject[], others: readonly FoundObject[]): boolean =>
  isDeepStrictEqual(new Set(some.map(keyOf)), new Set(others.map(keyOf)));

/** True when no other ids have come. */
export const areAmong = (some: readonly FoundObject[], others: readonly FoundObject[]): boolean =>
  new Set(some.map(keyOf)).isSubsetOf(new Set(others.map(keyOf)));

/**
 * The same queries, or objects, with the ids that the objects have now. Those about an object that is gone are left out.
 * @param before the objects with the ids that the queries are about; without a name where a platform has one object
 */
export function withPresentIds<T extends FoundObject>(
  units: readonly T[],
  before: readonly (FoundObject & { readonly name?: string })[],
  accounts: readonly FoundAccount[],
  kind: Parameters<typeof platformsOf>[0],
): T[] {
  const fresh = accounts.filter((account) => !before.some(isLike(account)));
  const present = new Map<string, string>(accounts.map((account) => [keyOf(account), account.id]));
  for (const one of before.filter((each) => !present.has(keyOf(each)))) {
    const here = fresh.filter(({ platform }) => platform === one.platform);
    const [now] = one.name !== undefined ? accountsOf(here, [one.name], kind) : here.length === 1 ? here : [];
    if (now) present.set(keyOf(one), fresh.splice(fresh.indexOf(now), 1)[0]!.id);
  }
  return units.flatMap((unit) => {
    const id = unit.id === '' ? '' : present.get(keyOf(unit));
    return id === undefined ? [] : [{ ...unit, id }];
  });
}

const isLike = (one: FoundObject) => (other: FoundObject) => keyOf(one) === keyOf(other);
