import type { IncomingMessage } from 'node:http';
import { GdprError } from '../../common/errors.ts';
import type { Log, Pause } from '../../common/ports.ts';
import {
  basicAuthorization,
  type ConnectionRules,
  SilentPeerError,
  send,
  TrustedAgent,
  type TrustedRequest,
} from '../../net/https-agent.ts';
import { lookAtPeer } from '../../net/look-at-peer.ts';
import { CircuitBreaker, pauseBeforeTry, readRetryAfter } from '../../net/retry-policy.ts';
import type { Trust } from '../../net/trust.ts';
import type { Engine } from '../../requests/source.ts';
import { EngineTimeoutError, EngineUnavailableError } from '../errors.ts';
import type { EngineApi, EngineContact, EngineQuery } from '../ports.ts';
import type { LicenceMarker } from '../settings.ts';
import { dataOf, nameFailure, refusalOf } from './engine-responses.ts';

/** For name look-up, TCP and TLS of a look together. */
const LOOK_MS = 4_000;

/** Where the Web API of an Engine is, how its certificate is trusted, and the maximum length of an answer, in bytes. */
interface EngineAddress {
  readonly host: string;
  readonly port: number;
  readonly trust: Trust;
  readonly answerBytes: number;
}

export interface EngineWebApiOptions {
  readonly addressOf: (engine: Engine) => EngineAddress;
  /** Maximum time of one query with all its tries, to the last byte. */
  readonly timeoutSeconds: number;
  /** Maximum silence within an answer. */
  readonly idleSeconds: number;
  readonly marker: LicenceMarker;
  /** Maximum time of a look at an Engine; default 4 s. */
  readonly lookMs?: number;
  /** True only on one machine, where the Engines are simulated. */
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  readonly pause: Pause;
  /** From 0 (included) to 1. */
  readonly random: () => number;
  readonly log: Log;
}

/** Outcome of one try: an answer with data, or a failure after which another try may help. */
type Outcome = { readonly body: IncomingMessage } | { readonly failure: Error; readonly restMs?: number | undefined };

/**
 * NXQL over HTTPS (Web API V2): `POST /2/query`, Basic auth, tab-separated answer. One connection per Engine, no
 * redirects. A query is repeated only after 5xx, 429, 408 and a connection that was not accepted in time: never after a refused login,
 * never once rows have come. An Engine that keeps failing, or keeps hanging, is not queried any more.
 * Source: docs/nxql.md
 */
export function engineWebApi(options: EngineWebApiOptions): EngineApi & EngineContact & { close(): Promise<void> } {
  const { timeoutSeconds, idleSeconds, marker, now } = options;
  const newPeer = (rules: ConnectionRules) => ({ agent: new TrustedAgent(rules), breaker: new CircuitBreaker() });
  const peers = new Map<string, ReturnType<typeof newPeer>>();
  const rulesFor = (engineId: string, trust: Trust): ConnectionRules => {
    const onUnchecked = () => options.log.warn('certificate not checked', { engineId });
    return { trust, now, allowLoopback: options.allowLoopback, onUnchecked };
  };

  return {
    async look(engine) {
      const { host, port, trust } = options.addressOf(engine);
      const look = await lookAtPeer({ host, port }, rulesFor(engine.engineId, trust), options.lookMs ?? LOOK_MS);
      return { ...look, host, port };
    },
    async query(engine, login, query, signal) {
      const { engineId } = engine;
      const { host, port, trust, answerBytes } = options.addressOf(engine);
      const peer = peers.get(engineId) ?? newPeer(rulesFor(engineId, trust));
      peers.set(engineId, peer);
      const { agent, breaker } = peer;
      const limit = AbortSignal.timeout(timeoutSeconds * 1000);
      const request: TrustedRequest = {
        url: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}/2/query`),
        method: 'POST',
        headers: {
          authorization: basicAuthorization(login.username, login.password),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: formOf(query),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      };
      /** An abort from outside keeps its own reason. */
      const nameOf = (error: unknown): unknown => {
        if (error instanceof GdprError) return error;
        if (limit.aborted) return new EngineTimeoutError(engineId, timeoutSeconds);
        return signal?.aborted ? signal.reason : nameFailure(error, engineId);
      };
      const blame = (error: unknown): unknown => {
        const named = nameOf(error);
        if (!signal?.aborted && named instanceof GdprError && named.retryable) breaker.failed();
        return named;
      };
      const endsAt = performance.now() + timeoutSeconds * 1000;
      try {
        for (let tries = 1; ; tries += 1) {
          if (breaker.isOpen)
            throw new EngineUnavailableError(engineId, { cause: 'it failed too often in a row', unsent: true });
          const refusal = (answer: IncomingMessage) => refusalOf(answer, engineId, query.file, marker);
          const outcome = await tryOnce(agent, request, refusal, now).catch((error) => {
            throw blame(error);
          });
          if ('body' in outcome) {
            query.onDate?.(outcome.body.headers.date);
            const data = dataOf(outcome.body, { engineId, answerBytes, idleSeconds, marker, ...query });
            return watched(data, breaker, blame);
          }
          breaker.failed();
          const { failure, restMs } = outcome;
          const pauseMs = pauseBeforeTry(tries, restMs, options.random);
          if (query.once || pauseMs === undefined || performance.now() + pauseMs >= endsAt)
            throw restMs ? new EngineUnavailableError(engineId, { cause: failure }, Math.ceil(restMs / 1000)) : failure;
          await options.pause(pauseMs, request.signal);
        }
      } catch (error) {
        throw nameOf(error);
      }
    },
    async close() {
      for (const { agent } of peers.values()) agent.destroy();
      peers.clear();
    },
  };
}

function formOf({ statement, platform, also = [] }: EngineQuery): string {
  const form = new URLSearchParams({ query: statement, platform, format: 'csv', hr: 'false' });
  for (const further of also) form.append('platform', further);
  return form.toString();
}

/** @throws a failure that another try cannot fix */
async function tryOnce(
  agent: TrustedAgent,
  request: TrustedRequest,
  refusal: (answer: IncomingMessage) => Promise<GdprError>,
  now: () => Date,
): Promise<Outcome> {
  let answer: IncomingMessage;
  try {
    answer = await send(agent, request);
  } catch (error) {
    if (!(error instanceof SilentPeerError)) throw error;
    return { failure: error };
  }
  if (answer.statusCode === 200) return { body: answer };
  const failure = await refusal(answer);
  if (!(failure instanceof EngineUnavailableError)) throw failure;
  return { failure, restMs: readRetryAfter(answer.headers['retry-after'], now()) };
}

/** Passes data on, and reports to the breaker how it ended. */
async function* watched(data: AsyncIterable<Buffer>, breaker: CircuitBreaker, blame: (error: unknown) => unknown) {
  let failed = false;
  try {
    yield* data;
  } catch (error) {
    failed = true;
    throw blame(error);
  } finally {
    if (!failed) breaker.succeeded();
  }
}
