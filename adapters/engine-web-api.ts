import { Readable } from 'node:stream';
import {
  EngineAnswerError,
  EngineAuthError,
  EngineQueryRejectedError,
  EngineTimeoutError,
  EngineTlsError,
  EngineUnavailableError,
  GdprError,
} from '../core/errors.ts';
import type { Engine, Trust } from '../core/model.ts';
import type { EngineApi, EngineQuery } from '../core/ports.ts';
import { isTrustFailure, send, TrustedAgent } from './trusted-agent.ts';

/** Where the Web API of an Engine is, and how its certificate is trusted. */
export interface EngineAddress {
  readonly host: string;
  readonly port: number;
  readonly trust: Trust;
}

/**
 * NXQL over HTTPS (Web API V2): `POST /2/query`, Basic auth, tab-separated answer. One connection per Engine, no
 * redirects, one try: whoever asks decides on another.
 * Source: domain/nxql.md sections 1 and 2.
 */
export function engineWebApi(options: {
  readonly addressOf: (engine: Engine) => EngineAddress;
  readonly timeoutSeconds: number;
  readonly now: () => Date;
}): EngineApi & { close(): Promise<void> } {
  const agents = new Map<string, TrustedAgent>();
  const agentFor = (engineId: string, trust: Trust): TrustedAgent => {
    const agent = agents.get(engineId) ?? new TrustedAgent(trust, options.now);
    agents.set(engineId, agent);
    return agent;
  };

  return {
    async query(engine, login, query, signal) {
      const { engineId } = engine;
      const { host, port, trust } = options.addressOf(engine);
      const limit = AbortSignal.timeout(options.timeoutSeconds * 1000);
      const name = (error: unknown) => nameFailure(error, engineId, limit, options.timeoutSeconds, signal);
      try {
        const answer = await send(agentFor(engineId, trust), {
          url: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}/2/query`),
          method: 'POST',
          ...login,
          form: formOf(query),
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        if (answer.statusCode !== 200) {
          answer.resume();
          throw refusal(answer.statusCode ?? 0, engineId, query.file);
        }
        return Readable.from(dataOf(answer, engineId, name), { objectMode: false });
      } catch (error) {
        throw name(error);
      }
    },
    async close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

const formOf = ({ statement, platform }: EngineQuery): string =>
  new URLSearchParams({ query: statement, platform, format: 'csv', hr: 'false' }).toString();

function refusal(status: number, engineId: string, file: string): GdprError {
  if (status === 401 || status === 403) return new EngineAuthError(engineId);
  if (status === 400) return new EngineQueryRejectedError(engineId, file);
  if (status >= 500 || status === 429) return new EngineUnavailableError(engineId);
  return new EngineAnswerError(engineId, `status ${status}`);
}

/** Passes an answer on unless it is a web page: error and login pages come under status 200 too (nxql.md 2.5). */
async function* dataOf(
  body: AsyncIterable<Buffer>,
  engineId: string,
  name: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  let first = true;
  try {
    for await (const chunk of body) {
      if (first && chunk.toString('latin1', 0, 64).trimStart().startsWith('<')) {
        throw new EngineAnswerError(engineId, 'a web page instead of data');
      }
      first = false;
      yield chunk;
    }
  } catch (error) {
    throw name(error);
  }
}

/** Gives a failed exchange its name; an abort from outside keeps its own. */
function nameFailure(
  error: unknown,
  engineId: string,
  limit: AbortSignal,
  seconds: number,
  signal?: AbortSignal,
): unknown {
  if (error instanceof GdprError) return error;
  if (limit.aborted) return new EngineTimeoutError(engineId, seconds);
  if (signal?.aborted) return signal.reason;
  if (isTrustFailure(error)) return new EngineTlsError(engineId, { cause: error });
  return new EngineUnavailableError(engineId, { cause: error });
}
