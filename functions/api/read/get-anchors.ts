import type { Anchors } from '../../../modules/proof/audit-anchors.ts';
import { type HttpPorts, json, route } from '../../http/http.ts';
import { parse } from '../../http/parse.ts';
import { AnchorsQuery } from '../../http/queries.ts';
import { anchors } from '../../wiring/anchors.ts';
import { callers, log } from '../../wiring/environment.ts';
import { lazy } from '../../wiring/lazy.ts';

interface GetAnchorsPorts extends HttpPorts {
  readonly anchors: Anchors;
}

/** `GET /v1/anchors`: what was sent to the time stamp authority, a page at a time. Requests are listed by the hash of their id. */
export const createHandler = (ports: GetAnchorsPorts) =>
  route(ports, async (event) => {
    const { after } = parse(AnchorsQuery, event.queryStringParameters ?? {});
    return json(200, await ports.anchors.list(after));
  });

export const handler = lazy(() => createHandler({ callers: callers(), anchors: anchors(), log }));
