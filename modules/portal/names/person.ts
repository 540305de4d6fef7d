import { composed, folded } from '../../common/case-folding.ts';
import type { Subject, SubjectKind } from '../../requests/subject.ts';
import { halvesOf, isDomainAlike } from '../../requests/subjects/account-name.ts';
import type { LoginName, PortalSubject } from '../../requests/subjects/person.ts';

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

/** Case and Unicode form do not matter. */
export const lettersOf = (text: string): string => folded(composed(text));

/** The domain that a stored name adds to a login; `undefined` when it adds none, `null` when it is another name. */
export function domainIn(kind: SubjectKind, value: string, login: string): string | undefined | null {
  const [stored, wanted] = [lettersOf(value), lettersOf(login)];
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
