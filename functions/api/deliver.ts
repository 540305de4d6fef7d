import { getLink, getManifest } from '../../modules/archive/archive-of-request.ts';
import { type HttpPorts, inNameOf, json, ownRequest, route, router } from '../http/http.ts';
import { lazy } from '../wiring/environment.ts';
import { archiveReader, links } from '../wiring/objects.ts';
import { requestPorts } from '../wiring/tables.ts';

/** Hands out the results of a retrieval. */
export const handler = lazy(() => {
  const ports = { ...requestPorts(), links: links(), archives: archiveReader() };
  return router<'deliver'>({
    'GET /v1/requests/{requestId}/archive': archiveRoute(ports),
    'POST /v1/requests/{requestId}/links': archiveRoute(ports),
    // What is in the archive and what is missing.
    'GET /v1/requests/{requestId}/manifest': route(ports, async (event) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: await getManifest(await ownRequest(event, ports), ports),
    })),
  });
});

/** GET: 303 to a fresh link, for machines. POST: the link itself, for the console, whose navigation carries no token. */
export const archiveRoute = (ports: HttpPorts & Parameters<typeof getLink>[1]) =>
  route(ports, async (event) => {
    const requestId = await ownRequest(event, ports);
    const link = await getLink(requestId, inNameOf(event, ports));
    ports.log.info('link minted', { requestId });
    if (event.requestContext.http.method === 'POST') return json(200, link);
    return { statusCode: 303, headers: { location: link.url, 'cache-control': 'no-store' } };
  });
