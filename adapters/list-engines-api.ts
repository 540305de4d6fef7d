import { Client } from 'undici';
import * as z from 'zod';
import { GdprError, LoginRefusedError, PortalApiUnavailableError } from '../core/errors.ts';
import type { Trust } from '../core/model.ts';
import type { PortalApi } from '../core/ports.ts';
import { isTrustFailure, trustedConnector } from './trusted-connector.ts';

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
      const client = new Client(new URL(options.url).origin, {
        connect: trustedConnector(options.trust, options.now()),
      });
      try {
        const { statusCode, body } = await client.request({
          method: 'GET',
          path: PATH,
          headers: {
            authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
            accept: 'application/json',
          },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (statusCode === 401 || statusCode === 403) throw new LoginRefusedError();
        if (statusCode !== 200) throw new PortalApiUnavailableError();
        return z
          .array(ListedEngine)
          .parse(await body.json())
          .map(toEngine);
      } catch (error) {
        if (error instanceof GdprError) throw error;
        throw new PortalApiUnavailableError({
          cause: isTrustFailure(error) ? 'its certificate is not trusted' : error,
        });
      } finally {
        await client.destroy();
      }
    },
  };
}

const toEngine = ({ databaseUID, ...engine }: z.infer<typeof ListedEngine>) => ({
  ...engine,
  engineId: databaseUID.replace(/[^A-Za-z0-9_-]+/g, '-'),
});
