import { composed, folded } from '../../common/case-folding.ts';
import type { Subject, SubjectKind } from '../../requests/subject.ts';
import { halvesOf, isDomainAlike } from '../../requests/subjects/account-name.ts';
import type { LoginName, PortalSubject } from '../../requests/subjects/person.ts';
import type { JudgedColumn } from '../search/judged-tables.ts';
import { plainBlanks } from './name-matcher.ts';

/** What the database says of others, read anew for each search. */
export interface Surroundings {
  /** Identifiers of other people that hold a word of this person, such as `Sue Miller` for `miller`. */
  readonly others: readonly string[];
  /** Columns (`schema.table.column`) where the name is a key of the documents of most others, such as `user`. */
  readonly structure: ReadonlySet<string>;
  /** The words, as in a `tsvector`, of each text of the person that it splits or changes, the longest first. */
  readonly phrases: readonly (readonly string[])[];
  /** What a person, or a setting, has decided on mentions in a column. */
  readonly changes: (column: Pick<JudgedColumn, 'role' | 'place'>) => 'keep' | 'change';
}
export const NO_OTHERS: Surroundings = { others: [], structure: new Set(), phrases: [], changes: () => 'keep' };

/** A Subject of which only the name is known. @param isHeld whether somebody has the login with another domain, in identity tables */
export function personByName(
  { kind, name, accounts = [name], commonWord }: Subject,
  isHeld?: (login: string, domain: string) => boolean,
): PortalSubject {
  const logins = (isHeld ? accounts : [name]).flatMap((each): LoginName[] => {
    const { login, domain } = halvesOf({ kind, name: each });
    const strong = !isHeld && !(commonWord && domain === undefined);
    const whole = { text: each, domains: [], strong, qualified: true, alone: true };
    if (domain === undefined) return [whole];
    const alone = isHeld !== undefined && !isHeld(login, domain);
    return [whole, { text: login, domains: [domain], strong: false, qualified: true, alone }];
  });
  return { kind, logins, identifiers: [], links: [], isKnown: isHeld !== undefined };
}

/** Case, Unicode form and blanks do not matter. */
export const lettersOf = (text: string): string => plainBlanks(folded(composed(text.trim())));

/** The domain that a stored name adds to a login; `undefined` when it adds none, `null` when it is another name. */
export function domainIn(kind: SubjectKind, value: string, login: string): string | undefined | null {
  const bare = kind === 'device' ? value.trim().replace(/^\\\\|[$.]$/g, '') : value; // `\\\\LT-1`, `CORP\\LT-1$`, `LT-1.corp.example.`
  const [stored, wanted] = [lettersOf(bare), lettersOf(login)];
  if (stored === wanted) return undefined;
  const join = kind === 'user' ? '@' : '.';
  if (stored.startsWith(`${wanted}${join}`)) return stored.slice(wanted.length + 1);
  return stored.endsWith(`\\${wanted}`) ? stored.slice(0, -wanted.length - 1) : null;
}

/** Whether a login with this domain (`undefined`: none is stored) is the person's: `no`, or only `beside` other evidence. */
export function loginVerdict(login: LoginName, domain: string | undefined): 'theirs' | 'beside' | 'no' {
  if (domain !== undefined && login.domains.length > 0) {
    if (!login.domains.some((one) => isDomainAlike(one, domain))) return 'no';
    return login.qualified ? 'theirs' : 'beside';
  }
  return login.strong ? 'theirs' : 'beside';
}

/** Shorter texts, such as a serial number `0`, stand in too much that is not the person's. */
const MIN_TELLING = 5;
export const isTelling = (text: string): boolean => text.length >= MIN_TELLING;

/** `CORP\` or `R&D\` before a name, and not the folder of a path. */
const DOMAIN_BEFORE = /(?:^|[^\p{L}\p{N}_.&\\/-])([\p{L}\p{N}_][\p{L}\p{N}_.&-]*)\\+$/u;
const DOMAIN_AFTER = {
  user: /^(?:@|%40|\\+u0040)([\p{L}\p{N}_][\p{L}\p{N}_.-]*)/iu,
  device: /^\.([\p{L}\p{N}_][\p{L}\p{N}_.-]*)/u,
};
/** How much of the text on either side of a name is looked at: longer than any domain, and never the whole text. */
const BESIDE = 260;

/** The domain beside a name in a text; `undefined` without one, `null` when the name stands where a domain does. */
export function domainBeside(kind: SubjectKind, text: string, start: number, end: number): string | undefined | null {
  const [before, after] = [text.slice(Math.max(0, start - BESIDE), start), text.slice(end, end + BESIDE)];
  if (kind === 'user') {
    const last = before.slice(-3); // a pattern that ends with `$` would look at each character of the whole text
    const isBeforeName = /^\\+[\p{L}\p{N}_]/u.test(after) && !/[\\/]$/.test(last);
    if (isBeforeName || /[\p{L}\p{N}_]@$/u.test(last)) return null;
  }
  const [, named] = DOMAIN_AFTER[kind].exec(after) ?? [];
  const [, domain] = named || !before.endsWith('\\') ? [] : (DOMAIN_BEFORE.exec(before) ?? []);
  return named ?? domain;
}
