import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import { CONTENT_TYPES } from './formats.ts';
import { errorPage } from './markup.ts';
import { bodyInstead } from './wrong-bodies.ts';

/** How long a slow Engine takes, and one that stalls. */
const SLOW_MS = 10 * 60_000;

/** What an Engine without the Integrate licence answers; how a real one does it is unknown. */
export interface NoLicence {
  readonly status: number;
  readonly body: string;
}

export const NO_LICENCE: NoLicence = {
  status: 403,
  body: errorPage('The Web API is not licensed on this Engine', []),
};

/** True when the fault refuses the login of the query that comes after `good` answered ones. */
export const refusesLogin = (fault: Fault | undefined, good: number): boolean =>
  fault?.kind === 'unauthorized' || (fault?.kind === 'unauthorized-later' && good >= fault.amount);

/**
 * Waits, and answers in place of the Engine when the fault says so.
 * @param number of the query, from 1
 * @returns whether it was answered
 */
export async function playFault(
  fault: Fault | undefined,
  number: number,
  response: ServerResponse,
  signal: AbortSignal,
  noLicence: NoLicence,
): Promise<boolean> {
  const send = (status: number, body: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'Content-Type': CONTENT_TYPES.html, ...headers });
    response.end(body);
    return true;
  };
  const instead = bodyInstead(fault);
  if (instead) {
    response.writeHead(200, instead.headers);
    response.end(instead.bytes);
    return true;
  }
  switch (fault?.kind) {
    case 'refused':
      return send(400, errorPage('the statement is not accepted now', []));
    case 'refused-table':
      return send(400, errorPage('there is no such table', ['user', 'device']));
    case 'not-found':
      return send(404, errorPage('there is nothing here', []));
    case 'redirect':
      return send(302, '', { Location: '/2/maintenance' });
    case 'no-content':
      return send(204, '');
    case 'reset':
      response.destroy();
      return true;
    case 'slow':
      await sleep(SLOW_MS, undefined, { signal });
      return false;
    case 'html':
      return send(200, errorPage('the Engine is being serviced', []));
    case 'busy':
      return number <= fault.amount && send(429, errorPage('too many queries', []), { 'Retry-After': '1' });
    case 'unavailable':
      return number <= fault.amount && send(503, errorPage('the Engine is starting', []), { 'Retry-After': '1' });
    case 'flaky':
      return number % Math.max(1, fault.amount) === 0 && send(500, errorPage('internal error', []));
    case 'no-licence':
      return send(noLicence.status, noLicence.body);
    default:
      return false;
  }
}

/** The pieces of a body as a fault lets them through: late, or up to the middle of the first one. */
export async function* throughFault(
  pieces: Iterable<string>,
  fault: Fault | undefined,
  number: number,
  signal: AbortSignal,
  unframed = false,
): AsyncGenerator<string> {
  if (fault?.kind === 'slow-first-byte') await sleep(fault.amount * 1000, undefined, { signal });
  const breaks = (fault?.kind === 'stall' || fault?.kind === 'truncate') && number > fault.amount;
  for (const piece of pieces) {
    if (breaks) {
      yield piece.slice(0, Math.ceil(piece.length / 2));
      if (fault.kind === 'truncate' && unframed) return; // the connection ends, as it would after the whole answer
      if (fault.kind === 'truncate') throw new Error('cut off on purpose');
      await sleep(SLOW_MS, undefined, { signal });
    }
    yield piece;
  }
}
