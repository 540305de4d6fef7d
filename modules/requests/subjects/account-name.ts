import { composed, folded } from '../../common/case-folding.ts';
import type { Subject, SubjectKind } from '../subject.ts';

/** The halves of a name: a login with the domain of the account, or a host with its DNS domain. */
export type NameHalves = { readonly login: string; readonly domain?: string | undefined };

/**
 * Separates the halves. Forms of a user: `login@DOMAIN`, `DOMAIN\login`, `login@dns.domain`, `login`; of a device: `host`,
 * `host.dns.domain`, `DOMAIN\host`. Engines store users as `login@DOMAIN`. Source: docs/nxql.md, "What is asked".
 */
export function halvesOf({ kind, name }: Pick<Subject, 'kind' | 'name'>): NameHalves {
  const slash = name.indexOf('\\');
  const at = slash > 0 ? slash : kind === 'user' ? name.lastIndexOf('@') : name.indexOf('.');
  const [before, after] = [name.slice(0, at), name.slice(at + 1)];
  if (at <= 0 || after === '') return { login: name };
  return slash > 0 ? { login: after, domain: before } : { login: before, domain: after };
}

/** The name as Engines write it: `login@DOMAIN`, or the host with its DNS domain. */
export const nameOf = (kind: SubjectKind, { login, domain }: NameHalves): string =>
  domain === undefined ? login : `${login}${kind === 'user' ? '@' : '.'}${domain}`;

/** Case and Unicode form do not matter in either half. */
const same = (one: string, other: string): boolean => folded(composed(one)) === folded(composed(other));

/** The NetBIOS name of a DNS domain is usually its first label. */
const isLabelOf = (label: string, domain: string): boolean =>
  !label.includes('.') && same(label, domain.split('.')[0]!);

/** Whether two domains may be one: the same, or a label with the DNS domain that begins with it. */
export const isDomainAlike = (one: string, other: string): boolean =>
  same(one, other) || isLabelOf(one, other) || isLabelOf(other, one);

/**
 * What a stored name is to a typed one. `same`: both halves are equal, or the typed name has no domain. `alike`: only the
 * form of the domain differs. `unclear`: the stored name has no domain. `other`: somebody else.
 */
export type Kinship = 'same' | 'alike' | 'unclear' | 'other';

export function kinshipOf(kind: SubjectKind, typed: string, stored: string): Kinship {
  const [wanted, found] = [halvesOf({ kind, name: typed }), halvesOf({ kind, name: stored })];
  if (same(typed, stored)) return 'same';
  if (!same(wanted.login, found.login)) return 'other';
  if (wanted.domain === undefined) return 'same';
  if (found.domain === undefined) return 'unclear';
  if (same(wanted.domain, found.domain)) return 'same';
  return isDomainAlike(wanted.domain, found.domain) ? 'alike' : 'other';
}

/** One text for all spellings of one account, never for two domains. It is hashed: a change would hide stored Requests. */
export function canonicalName({ kind, name }: Pick<Subject, 'kind' | 'name'>): string {
  const whole = nameOf(kind, halvesOf({ kind, name }));
  return composed(folded(composed(whole)));
}

/** Each account once, in the order of the names. */
export function distinctAccounts(kind: SubjectKind, names: readonly string[]): string[] {
  const byIdentity = new Map<string, string>();
  for (const name of [...names].sort()) {
    const identity = canonicalName({ kind, name });
    if (!byIdentity.has(identity)) byIdentity.set(identity, name);
  }
  return [...byIdentity.values()];
}
