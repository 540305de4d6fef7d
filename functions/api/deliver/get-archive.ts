import { getLink } from '../../../modules/archive/get-link.ts';
import type { LinkSigner } from '../../../modules/archive/ports.ts';
import type { Clock } from '../../../modules/common/ports.ts';
import type { Requests } from '../../../modules/requests/store.ts';
import { type HttpPorts, inNameOf, json, ownRequest, route } from '../../http/http.ts';
import { lazy } from '../../wiring/lazy.ts';
import { links } from '../../wiring/objects.ts';
import { requestPorts } from '../../wiring/tables.ts';

interface GetArchivePorts extends HttpPorts {
  readonly requests: Requests;
  readonly links: LinkSigner;
  readonly clock: Clock;
}

/**
 * `GET .../archive`: 303 to a fresh link, for machines. `POST .../links`: the link itself, for the console, whose
 * navigation carries no token.
 */
export const createHandler = (ports: GetArchivePorts) =>
  route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const link = await getLink(requestId, inNameOf(event, ports));
    ports.log.info('link minted', { requestId });
    if (event.requestContext.http.method === 'POST') return json(200, link);
    return { statusCode: 303, headers: { location: link.url, 'cache-control': 'no-store' } };
  });

export const handler = lazy(() => createHandler({ ...requestPorts(), links: links() }));
