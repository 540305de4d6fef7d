import { createHmac } from 'node:crypto';
import type { Requests } from '../requests/store.ts';
import type { SealedSubject } from '../requests/subject.ts';
import { kinshipOf } from '../requests/subjects/account-name.ts';
import type { Vault } from '../requests/vault.ts';

/** `name` and `names` (a list): stand-ins. `id`: an id of our own. `path`: another profile folder. `hide`: the whole value goes. */
export type Treatment = 'keep' | 'name' | 'names' | 'id' | 'path' | 'hide';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** Letters of a stand-in: with 40 bits, two people in one archive almost never share one. */
const LETTERS = 8;
/** What an Engine writes for "no value". Source: docs/nxql.md, "Answer". */
const NOBODY = new Set(['', '-', 'N/A', 'unknown']);

/** Written in place of a value that would identify a person. */
export const HIDDEN = 'masked';

/** Stand-ins for other people, the same in a whole archive; nobody can undo them once the key is destroyed (docs/decisions/0006). */
export function standInsWith(
  key: string,
  { kind: subjectKind, name: typed, accounts, found = [typed] }: SealedSubject,
) {
  const secret = Buffer.from(key, 'base64');
  const letters = (text: string): string => {
    const digest = createHmac('sha256', secret).update(text).digest();
    return Array.from(digest.subarray(0, LETTERS), (byte) => BASE32[byte % 32]).join('');
  };
  const isSubject = (name: string): boolean =>
    subjectKind === 'user' && (accounts ?? found).some((account) => isAccount(name, account));
  const nameOf = (name: string): string =>
    NOBODY.has(name) || isSubject(name) ? name : `user-${letters(loginOf(name))}`;
  return {
    subjectKind,
    /** `user-` and eight letters for an account name. The Subject's own name does not change. */
    name: nameOf,
    names: (list: string): string =>
      list
        .split(',')
        .map((entry) => entry.replace(entry.trim(), nameOf))
        .join(','),
    /** `id-` and eight letters for an Engine-local id: readers can still distinguish and join rows. */
    id: (engineId: string, id: string): string => (NOBODY.has(id) ? id : `id-${letters(`${engineId}/${id}`)}`),
    path: (path: string): string =>
      path.replace(PROFILE_FOLDER, (whole, folder: string, login: string) =>
        SHARED_PROFILES.test(login) ? whole : folder + nameOf(login),
      ),
    hide: (value: string): string => (NOBODY.has(value) ? value : HIDDEN),
  };
}
export type StandIns = ReturnType<typeof standInsWith>;

/** `C:\Users\NAME`, `/Users/NAME`, `/home/NAME`, also inside a list of paths. */
const PROFILE_FOLDER = /([\\/](?:users|documents and settings|home)[\\/])([^\\/,"]+)/gi;
const SHARED_PROFILES = /^(public|shared|default|default user|all users|guest)$/i;

/** `jdoe` for `jdoe`, `CORP\jdoe` and `jdoe@corp.example`: files write accounts in different ways. */
const loginOf = (name: string): string => name.toLowerCase().replace(/^.*\\/, '').replace(/@.*$/s, '');

/** Stand-ins for other people's names if the Request masks them. The key is unsealed for this call only. */
export async function standInsOf(
  requestId: string,
  { requests, vault }: { readonly requests: Requests; readonly vault: Vault },
): Promise<StandIns | undefined> {
  const { coUsers } = await requests.get(requestId);
  if (coUsers !== 'mask') return undefined;
  const [key, subject] = await Promise.all([vault.open(requestId, 'mask'), vault.open(requestId, 'subject')]);
  return standInsWith(key, subject);
}

/** True when an entry, such as `DOMAIN\name` or `AzureAD\name@domain`, is the account with this name. */
export function isAccount(entry: string, name: string): boolean {
  const account = entry.trim();
  const forms = [account, account.slice(account.indexOf('\\') + 1)];
  return forms.some((form) => ['same', 'alike'].includes(kinshipOf('user', name, form)));
}
