import { escapeIdentifier } from 'pg';
import type { PortalPerson } from '../../engines/find-subjects.ts';
import { AmbiguousSubjectError } from '../../requests/errors.ts';
import type { DecidedSubject, Subject, SubjectKind } from '../../requests/subject.ts';
import { halvesOf, isDomainAlike, nameOf } from '../../requests/subjects/account-name.ts';
import type { Identifier, LoginName, PortalSubject, RowLink } from '../../requests/subjects/person.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalCatalog } from '../mapping/catalog.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import { readCatalog } from '../mapping/read-catalog.ts';
import { literal, wordsPattern } from '../names/name-matcher.ts';
import { isTelling, lettersOf, NO_OTHERS, personByName, type Surroundings } from '../names/person.ts';
import { PersonJudge } from '../names/person-judge.ts';
import {
  clearedIn,
  type Entry,
  entriesNear,
  entriesOutside,
  type IdentitySource,
  identifiersOf,
  linksOf,
  loginsOf,
  valuesOf,
} from './identity-rows.ts';
import { type JudgedColumn, type JudgedTable, judgedTables } from './judged-tables.ts';
import { isLike, likeTexts } from './near.ts';

/** What a search needs: who it is about, and where to look. */
export interface Search {
  readonly judge: PersonJudge;
  readonly tables: readonly JudgedTable[];
  readonly catalog: PortalCatalog;
}

/**
 * Gathers what identifies a Subject, and prepares the search for it. @param unsaid what happens to mentions of which it says nothing
 * @param known the person of an earlier search, when its names may be gone by now
 * @throws {AmbiguousSubjectError} the name means several people, and nobody has chosen
 */
export async function searchFor(
  transaction: PortalTransaction,
  mapping: PortalMapping | undefined,
  subject: DecidedSubject,
  unsaid: 'keep' | 'change' = 'keep',
  known?: PortalSubject,
): Promise<Search> {
  const catalog = await readCatalog(transaction);
  const source = sourceOf(transaction, catalog, mapping, subject.kind);
  const { person, near } = known
    ? { person: known, near: await entriesNear(source, textsOf(known)) }
    : await personMeant(source, subject);
  const surroundings = mapping && person.isKnown ? await surroundingsOf(source, person, near) : NO_OTHERS;
  const changes = ({ place, role }: Pick<JudgedColumn, 'place' | 'role'>) =>
    subject.mentions?.[place] ?? (role === 'text' ? unsaid : 'keep');
  const phrases = await phrasesOf(source, person);
  return { judge: new PersonJudge(person, { ...surroundings, phrases, changes }), tables: source.tables, catalog };
}

/** The words of each text of the person that PostgreSQL's text search splits or changes, in every language that it knows. */
async function phrasesOf({ transaction, tables }: IdentitySource, person: PortalSubject): Promise<string[][]> {
  if (!tables.some(({ columns }) => columns.some(({ form }) => form === 'lexemes'))) return [];
  const select = `SELECT DISTINCT (SELECT json_agg(lexeme ORDER BY length(lexeme) DESC)::text FROM unnest(to_tsvector(c.oid::regconfig, text)))
    FROM unnest($1::text[]) AS text, pg_ts_config c`;
  const { rows } = await transaction.query(select, [textsOf(person)]);
  const found = rows.flatMap(([words]) => (words ? [JSON.parse(words) as string[]] : []));
  return found.filter((words) => words.length > 1 || !textsOf(person).some((text) => isSame(text, words[0]!)));
}

export async function peopleFor(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  { kind, name }: Subject,
): Promise<PortalPerson[]> {
  const source = sourceOf(transaction, await readCatalog(transaction), mapping, kind);
  const meant = meantBy(kind, name, await entriesFor(source, [name]), true);
  const shown = shownAs(kind, name, meant);
  return meant.map((entry, at) => {
    const [[fullName], [department]] = [valuesOf(entry, 'fullName'), valuesOf(entry, 'department')];
    return {
      name: shown[at]!,
      ...(fullName !== undefined && { fullName }),
      ...(department !== undefined && { department }),
    };
  });
}

/** The name of each that no other of them has. */
function shownAs(kind: SubjectKind, name: string, meant: readonly Entry[]): string[] {
  const names = meant.map((entry) => {
    const [login] = loginsOf(kind, entry);
    return login ? nameOf(kind, { login: login.text, domain: login.domains[0] }) : name;
  });
  return meant.map((entry, at) => {
    const isShared = names.filter((other) => lettersOf(other) === lettersOf(names[at]!)).length > 1;
    const [other = names[at]!] = valuesOf(entry, 'upn', 'mail', 'sid', 'serial');
    return isShared ? other : names[at]!;
  });
}

const sourceOf = (
  transaction: PortalTransaction,
  catalog: PortalCatalog,
  mapping: PortalMapping | undefined,
  kind: SubjectKind,
): IdentitySource => {
  const identities = mapping?.identity?.filter(({ holds }) => holds === kind) ?? [];
  const cleared = (table: string) => {
    const { names = [], coIdentifiers = [] } = mapping?.tables.find((each) => each.table === table) ?? {};
    const isName = (name: string, ...of: SubjectKind[]) =>
      names.some(({ column, holds }) => column === name && of.includes(holds));
    const own = coIdentifiers.filter((one) => isName(one.beside, kind) && !isName(one.column, 'user', 'device'));
    return own.map(({ column }) => column);
  };
  return { transaction, kind, identities, cleared, tables: judgedTables(catalog, mapping, kind) };
};

/** The person, and the entries that hold one of its words. */
async function personMeant(source: IdentitySource, subject: Subject) {
  const { kind, name, accounts } = subject;
  if (source.identities.length === 0) return { person: personByName(subject), near: [] };
  const names = accounts ?? [name];
  const entries = await entriesFor(source, [name, ...names]);
  const listed = meantBy(kind, name, entries, true);
  const shown = shownAs(kind, name, listed).map(lettersOf);
  const chosen = names.map((each) => {
    const exactly = accounts ? listed.filter((_, at) => shown[at] === lettersOf(each)) : [];
    return exactly.length === 1 ? exactly : meantBy(kind, each, entries, accounts !== undefined);
  });
  if (chosen.some((found) => found.length > 1)) throw new AmbiguousSubjectError();
  const people = [...new Set(chosen.flat())];
  if (people.some(({ identity }) => identity)) return personOf(source, people, subject.commonWord);
  const others = entries.flatMap((entry) => loginsOf(kind, entry));
  const isHeld = (login: string, domain: string) =>
    others.some((one) => isSame(one.text, login) && !one.domains.some((each) => isDomainAlike(each, domain)));
  return { person: personByName(subject, isHeld), near: entries };
}

/** The entries with the logins of some names; also those of name columns when the identity tables hold none for a name. */
async function entriesFor(source: IdentitySource, names: readonly string[]): Promise<Entry[]> {
  const { kind, identities } = source;
  const logins = names.map((name) => halvesOf({ kind, name }).login);
  const entries = await entriesNear(source, logins);
  const isComplete = names.every((name) => meantBy(kind, name, entries, true).length > 0);
  return isComplete || identities.length === 0 ? entries : [...entries, ...(await entriesOutside(source, logins))];
}

/** Several people that were chosen together count as one. */
async function personOf(source: IdentitySource, people: readonly Entry[], isWord = false) {
  const { kind } = source;
  const ids = new Set(people.map(({ id }) => id));
  const logins = people.flatMap((entry) => loginsOf(kind, entry));
  const texts = new Map(people.flatMap(identifiersOf).map((text) => [lettersOf(text), text] as const));
  const links = joined(people.flatMap((entry) => linksOf(entry, source.tables)));
  const keys = links.flatMap((link) => link.keys);
  const words = [...logins.map(({ text }) => text), ...texts.values()];
  const near = await entriesNear(source, words, keys);
  const others = near.filter(({ id }) => !ids.has(id));
  const otherLogins = others.flatMap((entry) => loginsOf(kind, entry));
  const held = new Set([...others.flatMap(identifiersOf), ...otherLogins.map(({ text }) => text)].map(lettersOf));
  const shared = joined(others.flatMap((entry) => linksOf(entry, source.tables)));
  const isShared = ({ table, column }: RowLink, key: string) =>
    shared.some((link) => link.table === table && link.column === column && link.keys.includes(key));
  const numbers = people.some(({ identity }) => identity?.logins === 'number');
  const isLogin = new Set(logins.map(({ text }) => lettersOf(text)));
  const person: PortalSubject = {
    kind,
    isKnown: true,
    numbers,
    logins: logins.map(({ text, domains, stored }): LoginName => {
      const alone = !held.has(lettersOf(text));
      const same = otherLogins.filter((one) => isSame(one.text, text));
      const isFree = (domain: string) => !same.some((one) => one.domains.some((each) => isDomainAlike(each, domain)));
      const isUnclear = (domain: string) => same.some((one) => one.stored.some((each) => isDomainAlike(each, domain)));
      return {
        text,
        domains: domains.filter((domain) => stored.includes(domain) || isFree(domain)),
        strong: alone && !isWord && !(numbers && /^[\d.]{1,4}$/.test(text)),
        qualified: !stored.some(isUnclear),
        alone,
      };
    }),
    identifiers: [...texts]
      .filter(([letters]) => !isLogin.has(letters))
      .map(([letters, text]): Identifier => ({ text, strong: !held.has(letters) && isTelling(text) })),
    cleared: people.flatMap(clearedIn),
    links: links.map((link) => ({ ...link, keys: link.keys.filter((key) => !isShared(link, key)) })),
  };
  return { person, near };
}

/** One link for each column, with every key once. */
const joined = (links: readonly RowLink[]): RowLink[] =>
  [...Map.groupBy(links, ({ table, column }) => JSON.stringify([table, column])).values()].map((same) => ({
    ...same[0]!,
    keys: [...new Set(same.flatMap(({ keys }) => keys))],
  }));

const textsOf = ({ logins, identifiers }: PortalSubject) => [...logins, ...identifiers].map(({ text }) => text);
const isSame = (one: string, other: string) => lettersOf(one) === lettersOf(other);

/**
 * Those of the entries that a typed name means; with a domain, those that store it before those that store one alike,
 * before those to whom an address adds it, before those without one.
 * @param isChosen a person has chosen the name: one without a domain is meant although its UPN has another
 */
function meantBy(kind: SubjectKind, typed: string, entries: readonly Entry[], isChosen: boolean): Entry[] {
  const letters = lettersOf(typed);
  const { login, domain } = halvesOf({ kind, name: typed });
  const exact = entries.filter((entry) =>
    [
      ...loginsOf(kind, entry).map(({ text }) => text),
      ...valuesOf(entry, 'account', 'upn', 'mail', 'sid', 'serial'),
    ].some((text) => lettersOf(text) === letters),
  );
  if (domain === undefined) return exact;
  const having = entries.flatMap((entry) => {
    const own = loginsOf(kind, entry).filter(({ text }) => isSame(text, login));
    const isAlike = (one: string) => isDomainAlike(one, domain);
    const rank = [
      own.some(({ stored }) => stored.some((one) => isSame(one, domain))),
      own.some(({ stored }) => stored.some(isAlike)),
      own.some(({ domains }) => domains.some(isAlike)),
    ].indexOf(true);
    if (rank >= 0) return [{ entry, rank }];
    const upns = valuesOf(entry, 'upn').map((upn) => halvesOf({ kind, name: upn }).domain);
    const isPossible = isChosen || upns.length === 0 || upns.some((one) => one !== undefined && isAlike(one));
    const isBare = own.some(({ domains }) => domains.length === 0);
    return isBare && isPossible && !exact.includes(entry) ? [{ entry, rank: 3 }] : [];
  });
  const best = Math.min(...having.map(({ rank }) => rank), exact.length > 0 ? 2 : 3);
  return [...new Set([...exact, ...having.filter(({ rank }) => rank === best).map(({ entry }) => entry)])];
}

async function surroundingsOf(
  source: IdentitySource,
  person: PortalSubject,
  near: readonly Entry[],
): Promise<Pick<Surroundings, 'others' | 'structure'>> {
  const texts = textsOf(person);
  const namesOf = ({ text, domains }: Pick<LoginName, 'text' | 'domains'>) =>
    domains.flatMap((domain) => [`${domain}\\${text}`, nameOf(person.kind, { login: text, domain })]).concat(text);
  const own = new Set([...texts, ...person.logins.flatMap(namesOf)].map(lettersOf));
  const pattern = wordsPattern(person.kind, texts);
  const others = near
    .flatMap((entry) => [...identifiersOf(entry), ...loginsOf(person.kind, entry).flatMap(namesOf)])
    .filter((text) => !own.has(lettersOf(text)) && text.search(pattern) >= 0);
  return { others: [...new Set(others)], structure: await structureIn(source, person) };
}

/** Maximum documents that are looked at for keys, and how many must be there to tell a key from a name. */
const SAMPLE_ROWS = 1000;
const MIN_DOCUMENTS = 20;

/** Columns (`schema.table.column`) where a login is a key of most documents in the rows of others, such as `user`. */
async function structureIn({ transaction, tables }: IdentitySource, { logins }: PortalSubject): Promise<Set<string>> {
  const places = new Set<string>();
  const key = `"(${logins.map(({ text }) => literal(text.toLowerCase())).join('|')})"\\s*:`;
  for (const { name, from, columns } of logins.length === 0 ? [] : tables) {
    const names = columns.filter(({ role }) => role === 'name').map(({ column }) => `t.${escapeIdentifier(column)}`);
    for (const { column, place } of columns.filter(({ form, role }) => form === 'json' && role !== 'unlisted number')) {
      const document = `t.${escapeIdentifier(column)}::text`;
      const { rows } = await transaction.within(name, () =>
        transaction.query(
          `SELECT (count(*) >= ${MIN_DOCUMENTS} AND count(*) FILTER (WHERE lower(document) ~ $2::text) * 2 > count(*))::text
           FROM (SELECT ${document} FROM ${from} t WHERE ${document} IS NOT NULL AND NOT ${isLike(names)} LIMIT ${SAMPLE_ROWS}) AS sample (document)`,
          [likeTexts(logins.map(({ text }) => text)), key],
        ),
      );
      if (rows[0]![0] === 'true') places.add(place);
    }
  }
  return places;
}
