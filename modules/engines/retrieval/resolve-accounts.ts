import { isDeepStrictEqual } from 'node:util';
import { AmbiguousSubjectError } from '../../requests/errors.ts';
import type { SealedSubject } from '../../requests/subject.ts';
import { distinctAccounts, halvesOf } from '../../requests/subjects/account-name.ts';
import { EngineQueryRejectedError } from '../errors.ts';
import { findStatement, isQueryable } from '../nxql.ts';
import { platformsOf } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import {
  accountsMeant,
  accountsOf,
  type FoundAccount,
  findAccounts,
  findExactly,
  findInAnyCase,
} from './find-accounts.ts';
import type { QueryContext } from './query-context.ts';
import { type FoundObject, keyOf } from './query-units.ts';

/** What an Engine knows of the accounts that a Request is about. */
export interface ResolvedAccounts {
  readonly accounts: readonly FoundAccount[];
  /** Objects that the typed name may mean too. The Request is not about them, so they contribute nothing. */
  readonly others: readonly FoundAccount[];
  /** The Engine knows no patterns: it may hold the name in a case that no spelling has. */
  readonly isUnsure?: true;
}

/** The accounts of a Request on one Engine: the chosen ones, else the one that was found, else what the name means here (R1). */
export async function resolveAccounts(
  client: Pick<EngineClient, 'engine' | 'rows' | 'rowsIfKnown'>,
  subject: SealedSubject,
): Promise<ResolvedAccounts> {
  const { kind, name, accounts, found, foundOn } = subject;
  const known = accounts ?? found;
  const here = accounts ? undefined : foundOn?.[client.engine.engineId];
  if (here) return { accounts: await eachOf(here, (each) => findExactly(client, each, kind)), others: [] };
  const isBare = halvesOf({ kind, name }).domain === undefined;
  const stored = accounts ?? (isBare ? undefined : found);
  const objects = await eachOf(stored ?? [name], (each) => findAccounts(client, each, kind, stored !== undefined));
  const doubt: { isUnsure?: true } = {};
  // Each Engine may hold the name in a case that no spelling has.
  for (const each of (known ?? []).filter((one) => accountsOf(objects, [one], kind).length === 0)) {
    const inAnyCase = findInAnyCase(client, accounts ? each : name, kind).catch((error: unknown) => {
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      doubt.isUnsure = true;
      return findExactly(client, each, kind);
    });
    objects.push(...(await inAnyCase));
  }
  const meant = accountsMeant(objects);
  if (!known)
    return namesOf(kind, meant).length > 1 ? { accounts: [], others: meant } : { accounts: meant, others: [] };
  const mine = accountsOf(objects, known, kind);
  const others = accounts ? [] : meant.filter((object) => !mine.includes(object));
  return { accounts: mine, others, ...doubt };
}

/** The Subject with the one account that the Engines hold under the name, if any. @throws {AmbiguousSubjectError} there are several */
export function withFound(
  requestId: string,
  subject: SealedSubject,
  byEngine: ReadonlyMap<string, readonly FoundAccount[]>,
): SealedSubject {
  const { kind } = subject;
  const found = namesOf(kind, accountsMeant([...byEngine.values()].flat()));
  if (found.length > 1) throw new AmbiguousSubjectError(requestId);
  if (found.length === 0) return subject;
  const foundOn = Object.fromEntries(
    [...byEngine].flatMap(([engineId, objects]) => {
      const here = accountsOf(objects, found, kind);
      const isAll = accountsMeant(objects).every((object) => here.includes(object)); // else the worker names the other
      return isAll ? [[engineId, [...new Set(here.map(({ name }) => name))]]] : [];
    }),
  );
  return { ...subject, found, foundOn };
}

export const namesOf = (kind: SealedSubject['kind'], objects: readonly Pick<FoundAccount, 'name'>[]): string[] =>
  distinctAccounts(
    kind,
    objects.map(({ name }) => name),
  );

async function eachOf(names: readonly string[], find: (name: string) => Promise<readonly FoundAccount[]>) {
  const all = new Map<string, FoundAccount>();
  for (const name of names) for (const each of await find(name)) all.set(keyOf(each), each);
  return [...all.values()];
}

type Looked = Pick<QueryContext, 'client' | 'subject' | 'accounts' | 'names'>;

/** Looks the objects up again after queries by id: ids change, as after a restore (R12). @returns them when they have other ids now */
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

export const areSame = (some: readonly FoundObject[], others: readonly FoundObject[]): boolean =>
  isDeepStrictEqual(new Set(some.map(keyOf)), new Set(others.map(keyOf)));

export const areAmong = (some: readonly FoundObject[], others: readonly FoundObject[]): boolean =>
  new Set(some.map(keyOf)).isSubsetOf(new Set(others.map(keyOf)));

/** The same queries, or objects, with the ids that the objects have now; without those about an object that is gone. */
export function withPresentIds<T extends FoundObject>(
  units: readonly T[],
  before: readonly (FoundObject & { readonly name?: string })[],
  accounts: readonly FoundAccount[],
  kind: SealedSubject['kind'],
): T[] {
  const fresh = accounts.filter((account) => !before.some((one) => keyOf(one) === keyOf(account)));
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
