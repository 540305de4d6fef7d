import { bothCases, composed, lowerOf, upperOf } from '../../common/case-folding.ts';
import { ignoring } from '../../common/errors.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import {
  canonicalName,
  halvesOf,
  isDomainAlike,
  type Kinship,
  kinshipOf,
  nameOf,
} from '../../requests/subjects/account-name.ts';
import { EngineAnswerError, EngineQueryRejectedError } from '../errors.ts';
import { findStatement, isQueryable, objectStatement, type Platform, someObjectsStatement } from '../nxql.ts';
import type { AnswerRow } from '../tables/queried-table.ts';
import { DOMAIN_COLUMN, platformsOf } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import { keyOf } from './query-units.ts';

/** An object of an Engine whose name the typed name may mean. */
export interface FoundAccount {
  /** As the Engine stores it. */
  readonly name: string;
  /** Engine-local. */
  readonly id: string;
  readonly platform: Platform;
  /** `unclear`: it has no domain, so it is offered and never taken. */
  readonly kinship: Exclude<Kinship, 'other'>;
}

type RowsClient = Pick<EngineClient, 'engine' | 'rowsIfKnown' | 'rows'>;

/** How an Engine compares texts is not known: any case and any accent may be equal to it. */
const { compare } = new Intl.Collator('en', { sensitivity: 'base' });
const isSpelled = (one: string, other: string): boolean => compare(one, other) === 0;

/**
 * Finds the accounts of an Engine that a typed name may mean, one query after the other. What the Engine stores is
 * decisive: first the name as typed, then the login with any domain, since text may be compared with its case. A name
 * without a domain means the accounts of every domain, so those are always queried (R1). An Engine that knows no patterns
 * is queried for each half in another case.
 * @param isStored true for a name that an Engine stores: only another case of it is looked for
 * @throws {EngineQueryRejectedError} no platform knows the query
 */
export async function findAccounts(client: RowsClient, typed: string, kind: SubjectKind, isStored = false) {
  const lookup = lookUp(client, typed, kind);
  const { login, domain } = halvesOf({ kind, name: typed });
  const [stored, ...others] = spellingsOf(kind, typed);
  await lookup.untilFound([stored!]);
  if (domain === undefined && !lookup.isFound) await lookup.untilFound(others);
  if (lookup.isFound && (domain !== undefined || isStored)) return lookup.found;
  const patterns = patternsOf(kind, login);
  const isHost = kind === 'device' && lookup.isFound; // a host is rarely stored in two cases, with a domain and without
  if (!(await lookup.patterns(isHost ? patterns.slice(0, 1) : patterns))) await lookup.untilFound(others);
  if (lookup.isFound || domain === undefined || isStored) return lookup.found;
  await lookup.untilFound(casesOf(login));
  await lookup.byDomain(nameOf(kind, { login, domain }), domain);
  return lookup.found;
}

/** The objects whose names differ in case, or in the domain's form. @throws {EngineQueryRejectedError} the Engine knows no patterns */
export async function findInAnyCase(client: RowsClient, typed: string, kind: SubjectKind): Promise<FoundAccount[]> {
  const lookup = lookUp(client, typed, kind);
  const { login } = halvesOf({ kind, name: typed });
  const isKnown = await lookup.patterns(stemsOf(login).map((stem) => `${stem}*`));
  if (!isKnown) throw new EngineQueryRejectedError(client.engine.engineId, `engines/${kind}.csv`);
  return lookup.found;
}

/** Letters at the start of a near name that must be as typed, so that few names are listed. */
const NEAR_LETTERS = 3;

/** For an Engine that does not know the name: with names of others that begin alike, or none when it knows no patterns. */
export async function findAround(client: RowsClient, typed: string, kind: SubjectKind) {
  const lookup = lookUp(client, typed, kind);
  const start = [...halvesOf({ kind, name: typed }).login].slice(0, NEAR_LETTERS).join('');
  await lookup.patterns(stemsOf(start).map((stem) => `${stem}*`)).catch(ignoring(EngineQueryRejectedError));
  return { accounts: lookup.found, others: [...lookup.others] };
}

/** Whether an Engine shows any device or user: one that has just started may answer everything without rows. @throws {EngineQueryRejectedError} */
export async function showsAnything(client: RowsClient): Promise<boolean> {
  for (const kind of ['device', 'user'] as const) {
    const [any, file] = [someObjectsStatement(kind, ['id'], 1), `engines/${kind}.csv`];
    const onAll = await client.rowsIfKnown(any, platformsOf(kind), file);
    const rows = onAll ?? (await client.rows(any, 'windows', file)); // an older version may not know the others
    if (rows.length > 0) return true;
  }
  return false;
}

/** The objects of a name, as an Engine writes it. */
export async function findExactly(client: RowsClient, name: string, kind: SubjectKind): Promise<FoundAccount[]> {
  const lookup = lookUp(client, name, kind);
  await lookup.untilFound([name]);
  return lookup.found;
}

/** The objects that a typed name means, among those of all Engines: equal ones, else those with another form of the domain. */
export function accountsMeant<T extends Pick<FoundAccount, 'kinship'>>(found: readonly T[]): T[] {
  const same = found.filter(({ kinship }) => kinship === 'same');
  return same.length > 0 ? same : found.filter(({ kinship }) => kinship === 'alike');
}

/** The objects that are one of these accounts, whatever the case in which the Engine stores them. */
export function accountsOf<T extends Pick<FoundAccount, 'name'>>(
  found: readonly T[],
  accounts: readonly string[],
  kind: SubjectKind,
): T[] {
  const wanted = new Set(accounts.map((name) => canonicalName({ kind, name })));
  return found.filter(({ name }) => wanted.has(canonicalName({ kind, name })));
}

function lookUp(client: RowsClient, typed: string, kind: SubjectKind) {
  const file = `engines/${kind}.csv`;
  const found = new Map<string, FoundAccount>();
  const others = new Set<string>();
  /** Those that this version of the Engine knows, once the first query is answered. */
  let known: readonly Platform[] | undefined;

  const kinshipWith = (name: string): Kinship => {
    const kinship = kinshipOf(kind, typed, name);
    if (kinship === 'other') others.add(name.toWellFormed());
    return kinship;
  };

  /** An answer that is refused, or is about others, may be a passing fault: it is queried once more. */
  const rowsOf = async (statement: string, platform: Platform, name: string | undefined) => {
    for (let isLast = false; ; isLast = true) {
      try {
        const rows = await client.rows(statement, platform, file);
        if (name === undefined || rows.every((row) => isSpelled(row.name ?? '', name))) return rows;
        if (isLast) throw new EngineAnswerError(client.engine.engineId, 'rows of other names');
      } catch (error) {
        if (isLast || !(error instanceof EngineQueryRejectedError)) throw error;
      }
    }
  };

  const keep = (rows: readonly AnswerRow[], platform: Platform, given: 'alike' | undefined): void => {
    for (const { id, name } of rows) {
      if (!id || !name) continue;
      const kinship = given ?? kinshipWith(name);
      const account = { id, name, platform };
      if (kinship !== 'other' && !found.has(keyOf(account))) found.set(keyOf(account), { ...account, kinship });
    }
  };

  /** Sends a query on each platform and keeps what the typed name may mean. @param name of each row @returns false when all refuse */
  const ask = async (statement: string, kinship?: 'alike', name?: string): Promise<boolean> => {
    const knowing: Platform[] = [];
    let refusal: EngineQueryRejectedError | undefined;
    for (const platform of known ?? platformsOf(kind)) {
      try {
        keep(await rowsOf(statement, platform, name), platform, kinship);
        knowing.push(platform);
      } catch (error) {
        if (!(error instanceof EngineQueryRejectedError)) throw error;
        refusal = error; // an older version may not know the platform
      }
    }
    if (knowing.length === 0 && !known) throw refusal!;
    known ??= knowing;
    return knowing.length > 0;
  };

  const untilFound = async (names: readonly string[], field: 'name' | 'upn' = 'name'): Promise<void> => {
    for (const name of names.filter(isQueryable)) {
      const before = found.size;
      const statement = findStatement(kind, ['id', 'name'], field, name);
      await (field === 'upn' ? ask(statement, 'alike') : ask(statement, undefined, name));
      if (found.size > before) return;
    }
  };

  return {
    others,
    untilFound,
    get found(): FoundAccount[] {
      return [...found.values()];
    },
    get isFound(): boolean {
      return this.found.some(({ kinship }) => kinship === 'same');
    },
    /** @returns false when the Engine knows no patterns */
    async patterns(patterns: readonly string[]): Promise<boolean> {
      for (const pattern of patterns.filter((each) => isQueryable(each.replace(/\*$/, 'x')))) {
        const statement = findStatement(kind, ['id', 'name'], 'name', pattern, 'pattern');
        // There are rarely others than those that were found: all platforms can say so at once.
        const rows = await client.rowsIfKnown(statement, known ?? platformsOf(kind), file);
        if (rows?.every(({ name = '' }) => kinshipWith(name) === 'other')) continue;
        if (!(await ask(statement))) return false;
      }
      return true;
    },
    /** Finds the domain of objects whose name has none, and the user whose principal name was typed. */
    async byDomain(principal: string, domain: string): Promise<void> {
      const column = DOMAIN_COLUMN[kind];
      for (const account of this.found.filter(({ kinship }) => kinship === 'unclear')) {
        const statement = objectStatement(kind, account.id, [], ['id', column]);
        const rows = (await client.rowsIfKnown(statement, account.platform, file)) ?? [];
        const row = rows.find(({ id }) => id === account.id); // not somebody else's
        const own = row?.[column]?.split('@').at(-1) ?? '';
        if (isDomainAlike(own, domain)) found.set(keyOf(account), { ...account, kinship: 'alike' });
      }
      if (kind === 'user' && domain.includes('.')) await untilFound(casesOf(principal), 'upn');
    },
  };
}

/** The spellings that clients of Engines use: as typed, in capitals, in small letters. Source: docs/nxql.md, "What is asked". */
const casesOf = (text: string): string[] => [...new Set([text, composed(text), upperOf(text), lowerOf(text)])];

/** A name as Engines write it, then with each half in another case. */
export function spellingsOf(kind: SubjectKind, typed: string): string[] {
  const { login, domain } = halvesOf({ kind, name: typed });
  const domains = domain === undefined ? [undefined] : casesOf(domain);
  return casesOf(login).flatMap((each) => domains.map((at) => nameOf(kind, { login: each, domain: at })));
}

/** The login in each case with any domain. Our own code compares the answers. */
const patternsOf = (kind: SubjectKind, login: string): string[] =>
  casesOf(login).map((each) => nameOf(kind, { login: each, domain: '*' }));

/** Maximum ways to write the start of a login. */
const MAX_STEMS = 8;

/** The start of a login in every case: its first three letters, and whatever stands between and behind them that has no case. */
function stemsOf(login: string): string[] {
  let stems = [''];
  for (const letter of login) {
    const longer = stems.flatMap((stem) => bothCases(letter).map((each) => stem + each));
    if (longer.length > MAX_STEMS) break;
    stems = longer;
  }
  return stems;
}

/** All that may be queried for a typed name, for people to read. */
export const triedFor = (kind: SubjectKind, typed: string): string[] => {
  const { login } = halvesOf({ kind, name: typed });
  return [...new Set([...spellingsOf(kind, typed), ...patternsOf(kind, login), ...casesOf(login)])];
};
