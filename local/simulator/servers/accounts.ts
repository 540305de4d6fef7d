import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Data privacy levels of a profile. Source: docs/nexthink-portal.md */
const PRIVACY_LEVELS = [
  'none (full access)',
  'anonymous users',
  'anonymous users and devices',
  'anonymous users, devices, destinations and domains',
] as const;

/** A Nexthink account of the sample company. */
export interface Account {
  readonly username: string;
  readonly password: string;
  readonly privacy: (typeof PRIVACY_LEVELS)[number];
  readonly finderAccess: boolean;
}

/** Accounts with passwords drawn now: the sample Operator first, one of each other level, one without Finder access. */
export function drawAccounts(): Account[] {
  const usernames = ['gdpr-operator', 'reader-level-1', 'reader-level-2', 'reader-level-3'];
  const draw = () => randomBytes(18).toString('base64url');
  return [
    ...PRIVACY_LEVELS.map((privacy, index) => ({
      username: usernames[index]!,
      password: draw(),
      privacy,
      finderAccess: true,
    })),
    { username: 'no-finder', password: draw(), privacy: PRIVACY_LEVELS[0], finderAccess: false },
  ];
}

/** True for an account that may use the Engines' Web API. */
export const mayQuery = ({ privacy, finderAccess }: Account): boolean => privacy === PRIVACY_LEVELS[0] && finderAccess;

/** The account whose name and password the request carries (HTTP Basic, UTF-8). */
export function authenticate(request: IncomingMessage, accounts: readonly Account[]): Account | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return accounts.find(({ username, password }) => pair === `${username}:${password}`);
}

/** Refuses with a challenge, as clients that wait for one need it. */
export function challenge(response: ServerResponse, realm: string): void {
  response.writeHead(401, {
    'WWW-Authenticate': `Basic realm="${realm}", charset="UTF-8"`,
    'Content-Type': 'text/html; charset=utf-8',
  });
  response.end('<html><body><h1>401 Unauthorized</h1></body></html>\n');
}
