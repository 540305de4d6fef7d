import type { RequestListener } from 'node:http';

/** Domain of the names under which Engines and Portal share a port; RFC 6761 keeps `test` for such purposes. */
export const SHARED_DOMAIN = 'simulator.test';

/**
 * One listener for all: the name of the host, or the first part of the path, tells which Engine is meant; the rest is the Portal's.
 * `https://engine-1.simulator.test:8443/2/query` and `https://127.0.0.1:8443/engine-1/2/query` are the same.
 */
export function sharedListener(
  engines: ReadonlyMap<string, RequestListener>,
  portal: RequestListener,
): RequestListener {
  return (request, response) => {
    const [, name = '', rest] = /^\/([a-z0-9-]+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const byPath = name === 'portal' ? portal : engines.get(name);
    if (byPath) {
      request.url = rest!;
      return byPath(request, response);
    }
    const [host = ''] = (request.headers.host ?? '').toLowerCase().split('.');
    return (engines.get(host) ?? portal)(request, response);
  };
}
