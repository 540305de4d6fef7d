import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import { keepSecret } from '../kept-secret.ts';

/** The people of this machine: enough that a second one can approve, and a third one receive an archive. */
const ROLES: Readonly<Record<string, { readonly name: string; readonly scopes: readonly Scope[] }>> = {
  operator: { name: 'Operator', scopes: SCOPES },
  approver: { name: 'Approver', scopes: ['gdpr.read', 'gdpr.approve'] },
  dpo: { name: 'Data protection officer', scopes: ['gdpr.read', 'gdpr.download'] },
};

/** Somebody who may log in. */
export interface Person extends Login {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** A program that gets tokens by its client credentials. */
export interface MachineClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** After this many wrong passwords in a row a person must wait. */
const MAX_WRONG = 5;
const WAIT_MS = 30_000;

/** The result of a log-in; `why` is for the person. */
type LoginResult =
  | { readonly kind: 'right'; readonly person: Person }
  | { readonly kind: 'wrong' | 'too-often'; readonly why: string };

/** The people who may log in on this machine, with passwords that were drawn at the first start. */
export class People {
  readonly all: readonly Person[];
  readonly #now: () => number;
  /** Wrong passwords in a row, by user name; unknown names share one count. */
  readonly #wrong = new Map<string | undefined, { readonly count: number; readonly at: number }>();

  /** @param now milliseconds since 1970 */
  constructor(all: readonly Person[], now: () => number = Date.now) {
    this.all = all;
    this.#now = now;
  }

  /** @param folder where the passwords live, one file each, mode 0600; made when absent */
  static async open(folder: string): Promise<People> {
    const people = Object.entries(ROLES).map(async ([username, role]) => {
      const file = username === 'operator' ? 'console-password' : `${username}-password`;
      return { username, ...role, password: await keepSecret(join(folder, file), newPassword) };
    });
    return new People(await Promise.all(people));
  }

  /** Checks a password. While a person waits, also the right one is refused. */
  logIn(username: string, password: string): LoginResult {
    const person = this.all.find((one) => sameText(one.username, username));
    const key = person?.username;
    const { count, at } = this.#wrong.get(key) ?? { count: 0, at: 0 };
    const waitMs = count >= MAX_WRONG ? at + WAIT_MS - this.#now() : 0;
    if (waitMs > 0) {
      const why = `Too many wrong passwords. Wait ${Math.ceil(waitMs / 1000)} seconds, then try again.`;
      return { kind: 'too-often', why };
    }
    if (person && sameText(person.password, password)) {
      this.#wrong.delete(key);
      return { kind: 'right', person };
    }
    this.#wrong.set(key, { count: count + 1, at: this.#now() });
    return { kind: 'wrong', why: 'The username or the password is wrong.' };
  }
}

export const newPassword = (): string => randomBytes(12).toString('base64url');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
