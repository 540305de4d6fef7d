import { createHmac, hash } from 'node:crypto';
import { leaks } from './search.ts';

/** Names of a company as a script would guess them; `members` are among them. */
export function directory(size: number, members: readonly string[]): string[] {
  const made = Array.from({ length: size - members.length }, (_, at) => `${letters(at)}.${letters(at * 7 + 3)}`);
  return [...made, ...members];
}

const letters = (number: number): string =>
  number.toString(26).replace(/[0-9]/g, (digit) => String.fromCharCode(113 + Number(digit)));

/** Values in a text that may be digests or keys: hexadecimal of 16 bytes and more, base64 of as many. */
function values(text: string): { digests: Set<string>; keys: Buffer[] } {
  const hexes = text.match(/\b[0-9a-f]{32,}\b/gi) ?? [];
  const base64s = text.match(/[A-Za-z0-9+/_-]{22,}={0,2}/g) ?? [];
  const uuids = text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
  const decoded = base64s.map((value) => Buffer.from(value, 'base64'));
  const digests = new Set([...hexes.map((hex) => hex.toLowerCase()), ...decoded.map((bytes) => bytes.toString('hex'))]);
  const keys = [
    ...decoded,
    ...hexes.map((hex) => Buffer.from(hex, 'hex')),
    ...[...uuids, ...base64s].map((key) => Buffer.from(key)),
  ];
  const distinct = new Map(keys.map((key) => [key.toString('hex'), key]));
  return { digests, keys: [...distinct.values()] };
}

/**
 * Tries every name of a directory against all that is stored: as text, as digests of usual kinds, plain and under every
 * stored value as the key or the salt.
 * @param suspects tried with every key; all names are tried without one @returns names that were found, and how
 */
export function attack(
  stores: Readonly<Record<string, string>>,
  names: readonly string[],
  suspects: readonly string[],
): string[] {
  const { digests, keys } = values(Object.values(stores).join('\n'));
  const known = (digest: string) => [digest.length, 64, 40, 32].some((length) => digests.has(digest.slice(0, length)));
  const found = leaks(stores, suspects);
  for (const name of names) {
    for (const form of [name, name.toUpperCase()]) {
      for (const kind of ['md5', 'sha1', 'sha256', 'sha512'])
        if (known(hash(kind, form))) found.push(`${kind} of ${name}`);
    }
  }
  for (const name of suspects) {
    for (const form of [name, name.toUpperCase(), `user\n${name}`, `user ${name}`, `user:${name}`]) {
      for (const key of keys) {
        if (known(createHmac('sha256', key).update(form).digest('hex'))) found.push(`HMAC of ${name}`);
        if (known(hash('sha256', Buffer.concat([key, Buffer.from(form)])))) found.push(`salted hash of ${name}`);
      }
    }
  }
  return [...new Set(found)];
}
