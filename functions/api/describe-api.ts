import document from '../../docs/openapi.json' with { type: 'json' };
import type { HttpEvent, HttpResult } from '../http/http.ts';
import { environment, lazy } from '../wiring/environment.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' };

/** `GET /openapi.json` describes the HTTP API, `GET /health` shows that it answers. Both are open and call nothing else. */
export const handler = lazy(() => {
  const { JWT_ISSUER } = environment();
  const { token } = document.components.securitySchemes;
  if (JWT_ISSUER) token.openIdConnectUrl = `${JWT_ISSUER.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const text = JSON.stringify(document);
  const health = JSON.stringify({ status: 'ok', version: document.info.version });
  // A private API names the path in `resource`.
  return async (event: Pick<HttpEvent, 'routeKey'> | { readonly resource: string }): Promise<HttpResult> =>
    ('resource' in event ? event.resource : event.routeKey).endsWith('/health')
      ? { statusCode: 200, headers: { ...HEADERS, 'cache-control': 'no-store' }, body: health }
      : { statusCode: 200, headers: HEADERS, body: text };
});
