import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { GdprError, LoginRefusedError, PortalApiUnavailableError } from '../core/errors.ts';
import type { Trust } from '../core/model.ts';
import type { PortalApi } from '../core/ports.ts';
import { send, TrustedAgent } from './trusted-agent.ts';

const PATH = '/api/configuration/v1/engines';
const TIMEOUT_MS = 15_000;

/** An Engine in the answer; unknown keys are ignored. Source: domain/portal.md section 1. */
const ListedEngine = z.object({
  name: z.string().min(1),
  databaseUID: z.coerce.string().min(1),
  status: z.string(),
  address: z.string(),
  timezone: z.string().default('UTC'),
  version: z.string().default(''),
});

/** The Portal's List Engines API: `GET` with Basic auth; its `port` is not the Web API's and is left out. */
export function listEnginesApi(options: {
  readonly url: string;
  readonly trust: Trust;
  readonly now: () => Date;
}): PortalApi {
  return {
    async listEngines(login) {
      const agent = new TrustedAgent(options.trust, options.now);
      try {
        const url = new URL(PATH, options.url);
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const answer = await send(agent, { url, method: 'GET', ...login, signal });
        if (answer.statusCode === 401 || answer.statusCode === 403) throw new LoginRefusedError();
        if (answer.statusCode !== 200) throw new PortalApiUnavailableError();
        return z
          .array(ListedEngine)
          .parse(await json(answer))
          .map(toEngine);
      } catch (error) {
        throw error instanceof GdprError ? error : new PortalApiUnavailableError({ cause: error });
      } finally {
        agent.destroy();
      }
    },
  };
}

const toEngine = ({ databaseUID, ...engine }: z.infer<typeof ListedEngine>) => ({
  ...engine,
  engineId: databaseUID.replace(/[^A-Za-z0-9_-]+/g, '-'),
});
