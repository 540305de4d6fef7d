import { describe, expect, it } from 'vitest';
import { type HttpEvent, router } from '../../../functions/http/http.ts';
import { ROUTES } from '../../../functions/registry.ts';

const requestId = '00000000-0000-4000-8000-000000000001';

/** Answers with the route that it stands behind, as its event names it. */
const told = async ({ routeKey, pathParameters }: HttpEvent) => ({
  statusCode: 200,
  body: JSON.stringify({ routeKey, pathParameters }),
});

const read = router<'read'>({
  'GET /v1/requests': told,
  'GET /v1/requests/{requestId}': told,
  'GET /v1/requests/{requestId}/events': told,
  'GET /v1/anchors': told,
});

const ask = (
  method: string,
  path: string,
  routeKey = `${method} ${path}`,
  pathParameters?: HttpEvent['pathParameters'],
) =>
  read(
    { version: '2.0', routeKey, pathParameters, requestContext: { http: { method, path } } } as HttpEvent,
    {} as never,
  );

describe('router', () => {
  const own = Object.entries(ROUTES).filter(([, { name }]) => name === 'read');

  it.each(own.map(([routeKey]) => routeKey))('answers %s by the handler of that route', async (routeKey) => {
    const [method, path] = routeKey.split(' ') as [string, string];

    const { body } = await ask(method, path.replace('{requestId}', requestId));

    expect(JSON.parse(body!)).toMatchObject({ routeKey });
  });

  it('asks for the scopes of the route that answers, not of the one that the event names', async () => {
    const other = 'GET /v1/requests/{requestId}';

    const { body } = await ask('GET', `/v1/requests/${requestId}/events`, other, { requestId: `${requestId}/events` });

    expect(JSON.parse(body!)).toEqual({
      routeKey: 'GET /v1/requests/{requestId}/events',
      pathParameters: { requestId: `${requestId}/events` },
    });
  });

  it('finds its routes behind the mapping key of a custom domain', async () => {
    const { body } = await ask('GET', `/gdpr/v1/requests/${requestId}`);

    expect(JSON.parse(body!)).toMatchObject({ routeKey: 'GET /v1/requests/{requestId}' });
  });

  it('has two parameters: Node 24 on Lambda refuses a handler with a third, for a callback', () => {
    expect(read).toHaveLength(2);
  });

  it.each([
    ['POST', '/v1/requests'],
    ['GET', `/v1/requests/${requestId}/archive`],
  ])('says of %s %s, which another function answers, that it is not here', async (method, path) => {
    const { statusCode, headers } = await ask(method, path);

    expect([statusCode, headers?.['content-type']]).toEqual([404, 'application/problem+json']);
  });
});
