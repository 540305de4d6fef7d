import { AmbiguousSubjectError } from '../../requests/errors.ts';
import type { SealedSubject } from '../../requests/subject.ts';
import { distinctAccounts, halvesOf } from '../../requests/subjects/account-name.ts';
import { EngineQueryRejectedError } from '../errors.ts';
import type { EngineClient } from './engine-client.ts';
import {
  accountsMeant,
  accountsOf,
  type FoundAccount,
  findAccounts,
  findExactly,
  findInAnyCase,
} from './find-accounts.ts';
import { keyOf } from './query-units.ts';

/** What an Engine knows of the accounts that a Request is about. */
export interface ResolvedAccounts {
  /** The objects to query. */
  readonly accounts: readonly FoundAccount[];
  /** Objects that the typed name may mean too. The Request is not about them, so they contribute nothing. */
  readonly others: readonly FoundAccount[];
  /** The Engine knows no patterns: it may hold the name in a case that no spelling has. */
  readonly isUnsure?: true;
}

/**
 * Looks the accounts of a Request up on one Engine: those that the caller chose, else the one that `Open Request` found, else
 * the one that the typed name means here. Of several that nobody chose from, none is taken (R1).
 */
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

/**
 * The Subject with the one account that the typed name means, from what all Engines that answered hold.
 * @param byEngine what each Engine holds, by its id
 * @returns the Subject as it is when no Engine knows the name
 * @throws {AmbiguousSubjectError} there are several, and the caller chose none
 */
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

/** The name of each account once. */
export const namesOf = (kind: SealedSubject['kind'], objects: readonly Pick<FoundAccount, 'name'>[]): string[] =>
  distinctAccounts(
    kind,
    objects.map(({ name }) => name),
  );

/** The objects of several look-ups, each once. */
async function eachOf(
  names: readonly string[],
  find: (name: string) => Promise<readonly FoundAccount[]>,
): Promise<FoundAccount[]> {
  const all = new Map<string, FoundAccount>();
  for (const name of names) for (const each of await find(name)) all.set(keyOf(each), each);
  return [...all.values()];
}
