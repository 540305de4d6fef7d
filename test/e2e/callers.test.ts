import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/api/authorize.ts';
import { ROUTE_SCOPES } from '../../functions/registry.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { tokenChecker } from '../../modules/net/check-token.ts';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended, subjectIdOf } from '../support/api.ts';
import { CompanyIssuer } from '../support/company-issuer.ts';
import { startPrivateGateway } from '../support/private-gateway.ts';

let system: LocalSystem;
let requestId: string;

/** Routes about one Request: their paths below it and what they answer to its owner. */
const ABOUT_ONE = Object.keys(ROUTE_SCOPES).filter((route) => route.includes('{requestId}'));
const scopesOf = (route: string): readonly Scope[] => ROUTE_SCOPES[route as keyof typeof ROUTE_SCOPES];
const OWN = /^(?!DELETE).*\/(archive|links|manifest|certificate(\/nonce)?|events)$/;
/** With a letter that UTF-8 and Latin-1 write differently. */
const ANONYMIZATION = { kind: 'anonymize', irreversible: true, subject: { kind: 'user', name: 'ren\u00e9.favre' } };
const LOGIN = { username: 'x', password: 'y' };
const call = async (route: string, token: string): Promise<number> => {
  const [method = '', path = ''] = route.replace('{requestId}', requestId).split(' ');
  const body = method === 'POST' ? { login: LOGIN } : undefined;
  return (await callApi(system, method, path, { token, body })).status;
};

beforeAll(async () => {
  system = await startLocalSystem({ engines: 2, rows: 50, seed: 3, faults: ['engine-2=down'] });
  const recipient = subjectIdOf(await system.tokenFor('recipient'));
  const started = await callApi(system, 'POST', '/v1/requests', {
    body: {
      kind: 'retrieve',
      subject: { kind: 'user', name: system.users[0]! },
      sources: ['portal'],
      login: system.login,
      recipients: [recipient],
    },
  });
  expect(started.status).toBe(202);
  requestId = ((await started.json()) as RequestView).requestId;
  expect(JSON.stringify(await ended(system, requestId))).not.toContain(recipient);
});

afterAll(() => system?.stop());

describe('who may ask what', () => {
  it('a token without the scope of a route gets 403 and the scope that it lacks', async () => {
    const token = await system.tokenFor('reader', []);
    const closed = Object.keys(ROUTE_SCOPES).filter((route) => scopesOf(route).length > 0);
    for (const route of closed) expect([route, await call(route, token)]).toEqual([route, 403]);
    const path = `/v1/requests/${requestId}`;
    const problem = await (await callApi(system, 'GET', path, { token })).json();
    expect(problem).toMatchObject({
      type: '/problems/insufficient-scope',
      detail: expect.stringContaining('gdpr.read'),
    });
  });

  it('each scope opens its own routes and no other, one by one (R0)', async () => {
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      const token = await system.tokenFor(`only ${scope}`, [scope]);
      for (const route of Object.keys(ROUTE_SCOPES).filter((each) => scopesOf(each).length > 0)) {
        const [method = '', path = ''] = route.replace('{requestId}', randomUUID()).split(' ');
        const answer = await callApi(system, method, path, { token, body: method === 'POST' ? {} : undefined });
        const { type } = JSON.parse((await answer.text()) || '{}') as { readonly type?: string };
        if ((type !== '/problems/insufficient-scope') !== scopesOf(route).includes(scope))
          wrong.push(`${scope}: ${route}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('a token starts only the kinds of work that it names', async () => {
    const body = { kind: 'anonymize', irreversible: true, subject: { kind: 'user', name: 'x' }, login: LOGIN };
    const token = await system.tokenFor('retriever', ['gdpr.retrieve']);
    expect((await callApi(system, 'POST', '/v1/requests', { token, body })).status).toBe(403);
    const { irreversible: _, ...preview } = body;
    expect((await callApi(system, 'POST', '/v1/preview', { token, body: preview })).status).toBe(403);
  });

  it('a request of another is not there, whatever is asked of it', async () => {
    const scopes: readonly Scope[] = SCOPES.filter((scope) => scope !== 'gdpr.operate' && scope !== 'gdpr.approve');
    const token = await system.tokenFor('stranger', scopes);
    for (const route of ABOUT_ONE.filter((each) => scopesOf(each).some((scope) => scopes.includes(scope)))) {
      expect([route, await call(route, token)]).toEqual([route, 404]);
    }
  });

  it('who operates sees every request, but no archive and no proof of it', async () => {
    const token = await system.tokenFor('admin');
    expect(await call('GET /v1/requests/{requestId}', token)).toBe(200);
    for (const route of ABOUT_ONE.filter((each) => OWN.test(each))) {
      expect([route, await call(route, token)]).toEqual([route, 404]);
    }
  });

  it('who only sees a request, to approve it or as a recipient, does not change it', async () => {
    const changes = ABOUT_ONE.filter((route) => /^DELETE|\/(cancel|deadline|rerun|login)$/.test(route));
    expect(changes).toHaveLength(5);
    const all = SCOPES.filter((scope) => scope !== 'gdpr.operate');
    const onlookers = {
      approver: await system.tokenFor('approver', all),
      recipient: await system.tokenFor(
        'recipient',
        all.filter((scope) => scope !== 'gdpr.approve'),
      ),
      requester: await system.tokenFor(system.consoleLogin.username, ['gdpr.anonymize', 'gdpr.read']),
    };
    for (const [who, token] of Object.entries(onlookers)) {
      expect([who, await call('GET /v1/requests/{requestId}', token)]).toEqual([who, 200]);
      for (const route of changes) expect([who, route, await call(route, token)]).toEqual([who, route, 403]);
    }
    const operator = await system.tokenFor('admin');
    for (const route of changes.filter((each) => /cancel|login/.test(each))) {
      expect([route, await call(route, operator)]).toEqual([route, 409]); // it has ended
    }
  });

  it('a named recipient fetches the archive', async () => {
    const token = await system.tokenFor('recipient', ['gdpr.download']);
    expect(await call('GET /v1/requests/{requestId}/archive', token)).toBe(303);
    expect(await call('GET /v1/requests/{requestId}/manifest', token)).toBe(200);
  });

  it('who operates destroys an archive that it never sees', async () => {
    const token = await system.tokenFor('admin', ['gdpr.operate']);
    expect(await call('DELETE /v1/requests/{requestId}/archive', token)).toBe(204);
    const recipient = await system.tokenFor('recipient', ['gdpr.download']);
    expect(await call('GET /v1/requests/{requestId}/archive', recipient)).toBe(410);
  });
});

describe('GET /v1/requests', () => {
  const listed = async (token: string, query = '') =>
    (await (await callApi(system, 'GET', `/v1/requests${query}`, { token })).json()) as RequestsView;

  it('lists what one has started, and everything for who operates', async () => {
    const own = await system.tokenFor(system.consoleLogin.username, ['gdpr.read']);
    const { requests } = await listed(own, '?limit=5&state=COMPLETED');
    expect(requests.map((request) => request.requestId)).toEqual([requestId]);
    expect(requests[0]).not.toHaveProperty('callerId');
    const other = await system.tokenFor('stranger', ['gdpr.read']);
    expect(await listed(other)).toEqual({ requests: [] });
    expect((await listed(await system.tokenFor('admin', ['gdpr.operate']))).requests).toHaveLength(1);
  });

  it.each(['?limit=0', '?limit=101', '?cursor=AAAA', '?state=GONE', '?owner=me'])(
    'refuses %s with 400',
    async (query) => {
      expect((await callApi(system, 'GET', `/v1/requests${query}`)).status).toBe(400);
    },
  );
});

describe('a body', () => {
  it('is refused when it is too large, before it is read', async () => {
    const answer = await callApi(system, 'POST', '/v1/requests', { body: { filler: 'x'.repeat(70_000) } });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ type: '/problems/body-too-large' });
  });

  it('is refused when it is not JSON in UTF-8, or does not say that it is, and nothing starts (C40, C41)', async () => {
    const text = JSON.stringify({ ...ANONYMIZATION, login: system.login });
    const post = (body: Buffer, headers: Record<string, string>) =>
      fetch(`${system.apiUrl}/v1/requests`, {
        method: 'POST',
        headers: { authorization: `Bearer ${system.token}`, 'idempotency-key': randomUUID(), ...headers },
        body: new Uint8Array(body),
      });
    const started = async () =>
      ((await (await callApi(system, 'GET', '/v1/requests')).json()) as RequestsView).requests.length;
    const before = await started();
    const JSON_TYPE = { 'content-type': 'application/json' };

    const latin1 = await post(Buffer.from(text, 'latin1'), JSON_TYPE);
    const others = [
      await post(Buffer.from(text), { 'content-type': 'application/xml' }),
      await post(Buffer.from(text), { 'content-type': 'multipart/form-data; boundary=x' }),
      await post(Buffer.from(text), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
    ];

    expect(latin1.status).toBe(400);
    expect(await latin1.text()).toContain('the body must be JSON in UTF-8');
    expect(others.map(({ status }) => status)).toEqual([415, 415, 415]);
    expect(await others[0]!.json()).toMatchObject({ type: '/problems/unsupported-media-type' });
    expect(await started()).toBe(before);
  });
});

describe('Idempotency-Key', () => {
  const retrieval = (facts = {}) => ({
    kind: 'retrieve',
    subject: { kind: 'user', name: system.users[0]! },
    sources: ['portal'],
    login: system.login,
    ...facts,
  });
  const start = (key: string, body: unknown, token = system.token) =>
    callApi(system, 'POST', '/v1/requests', { key, body, token });
  const started = async (token: string): Promise<number> =>
    ((await (await callApi(system, 'GET', '/v1/requests', { token })).json()) as RequestsView).requests.length;

  it('is asked for, and must be one', async () => {
    for (const key of ['', 'ü', 'x'.repeat(256)]) {
      const answer = await start(encodeURIComponent(key) === key ? key : '%20 x', retrieval());
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ type: '/problems/idempotency-key' });
    }
  });

  it('brings the first answer again and starts nothing twice, also when the calls come at once', async () => {
    const token = await system.tokenFor('eager', ['gdpr.read', 'gdpr.retrieve']);
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3, 4].map(() => start(key, retrieval(), token)));
    const again = await start(key, retrieval(), token);

    expect(again.status).toBe(202);
    const { requestId } = (await again.json()) as RequestView;
    expect(again.headers.get('location')).toBe(`/v1/requests/${requestId}`);
    for (const answer of answers) {
      if (answer.status === 202) expect(await answer.json()).toMatchObject({ requestId });
      else expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([409, expect.any(Number)]);
    }
    expect(answers.some(({ status }) => status === 202)).toBe(true);
    await ended(system, requestId, token);
    expect(await started(token)).toBe(1);
  });

  it('belongs to its Caller: the same key of another is another call', async () => {
    const key = randomUUID();
    const ids = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const answer = await start(key, retrieval(), await system.tokenFor(name));
        return ((await answer.json()) as RequestView).requestId;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('is refused with 422 for another body', async () => {
    const key = randomUUID();
    expect((await start(key, retrieval())).status).toBe(202);
    const other = await start(key, retrieval({ reference: 'T-2' }));
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ type: '/problems/idempotency-conflict' });
  });

  it('is free again after a refusal', async () => {
    const key = randomUUID();
    const wrong = retrieval({ login: { ...system.login, password: 'wrong' } });
    expect((await start(key, wrong)).status).toBe(403);
    expect((await start(key, retrieval())).status).toBe(202);
  });

  it('counts for reruns too', async () => {
    const first = await start(randomUUID(), retrieval({ sources: ['engine', 'portal'] }));
    const { requestId } = (await first.json()) as RequestView;
    expect((await ended(system, requestId)).state).toBe('COMPLETED_WITH_ERRORS');
    const key = randomUUID();
    const rerun = () =>
      callApi(system, 'POST', `/v1/requests/${requestId}/rerun`, { key, body: { login: system.login } });
    expect((await rerun()).status).toBe(202);
    expect((await ended(system, requestId)).attempt).toBe(2);
    expect((await rerun()).status).toBe(202);
    expect((await ended(system, requestId)).attempt).toBe(2);
  });
});

describe('a private API, whose events have another form (R19, R33)', () => {
  let issuer: CompanyIssuer;
  let gateway: Awaited<ReturnType<typeof startPrivateGateway>>;
  let identity: { userArn: string; user: string } | undefined;
  beforeAll(async () => {
    issuer = await CompanyIssuer.start();
    const trust = { mode: 'ca', pem: issuer.peer.caPem } as const;
    const rules = { trust, allowLoopback: true, now: () => new Date(), onUnchecked() {} };
    const authorize = createHandler(tokenChecker(issuer.url, 'gdpr-api', rules));
    gateway = await startPrivateGateway(system, async (authorizationToken) => {
      if (identity) return { identity: identity as never };
      const { context } = await authorize({ type: 'TOKEN', authorizationToken, methodArn: 'arn:aws:execute-api:x' });
      return { authorizer: context };
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await issuer?.peer.stop();
  });

  /** What both APIs answer to the same call, but for what is new in each answer. */
  const both = async (route: string, scopes: readonly Scope[], path = '') => {
    const [method = '', template = ''] = route.replace('{requestId}', requestId).split(' ');
    const body = method === 'POST' ? { login: LOGIN } : undefined;
    const sub = subjectIdOf(system.token);
    const tokens = [
      await system.tokenFor(system.consoleLogin.username, scopes),
      await issuer.token({ sub, scope: scopes.join(' ') }),
    ];
    expect(subjectIdOf(tokens[0]!)).toBe(sub);
    const answers = [];
    for (const [at, apiUrl] of [system.apiUrl, gateway.url].entries()) {
      const answer = await callApi({ apiUrl, token: tokens[at]! }, method, template + path, { body });
      const text = (await answer.text()).replaceAll(/"retryAfter":\d+/g, '');
      answers.push([answer.status, answer.headers.get('content-type'), answer.headers.get('etag'), text]);
    }
    return answers;
  };

  it('answers every route as the public one does, to whoever has no scope, one of its scopes, or all', async () => {
    const routes = Object.keys(ROUTE_SCOPES).filter((route) => !/webhooks|doctor|DELETE|links|archive$/.test(route));
    for (const route of routes) {
      for (const scopes of [[], scopesOf(route).slice(0, 1), SCOPES]) {
        const [open, closed] = await both(route, scopes);
        expect([route, scopes, closed]).toEqual([route, scopes, open]);
      }
    }
  });

  it('takes queries, and headers however they are written', async () => {
    const [open, closed] = await both('GET /v1/requests', ['gdpr.operate'], '?limit=1&state=COMPLETED&state=FAILED');
    expect(closed).toEqual(open);
    const path = `${gateway.url}/v1/requests/${requestId}`;
    const token = await issuer.token({ sub: subjectIdOf(system.token), scope: 'gdpr.read' });
    const headers = { authorization: `Bearer ${token}` };
    const etag = (await fetch(path, { headers })).headers.get('etag')!;
    const known = { ...headers, 'if-none-match': etag, prefer: 'wait=0' };
    expect((await fetch(path, { headers: known })).status).toBe(304);
  });

  it('starts a request once for each key', async () => {
    const subject = { kind: 'user', name: system.users[0]! };
    const body = { kind: 'retrieve', subject, sources: ['portal'], login: system.login };
    const token = await issuer.token({ sub: subjectIdOf(system.token), scope: 'gdpr.retrieve gdpr.read' });
    const start = async () => {
      const key = 'of-the-private-api';
      const answer = await callApi({ apiUrl: gateway.url, token }, 'POST', '/v1/requests', { body, key });
      return [answer.status, ((await answer.json()) as RequestView).requestId] as const;
    };
    const [status, started] = await start();
    expect([status, await start()]).toEqual([202, [202, started]]);
    expect(await ended(system, started)).toMatchObject({ state: 'COMPLETED' });
  });

  it('refuses who has no good token, and takes a machine by the role that signed its call', async () => {
    const refused = [undefined, await issuer.token({ aud: 'mail' }), system.token];
    for (const token of refused) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      expect((await fetch(`${gateway.url}/v1/requests`, { headers })).status).toBe(401);
    }
    identity = { userArn: 'arn:aws:sts::123456789012:assumed-role/unknown/session', user: 'AROAX:session' };
    const answer = await callApi({ apiUrl: gateway.url, token: 'any' }, 'GET', '/v1/requests');
    identity = undefined;
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ type: '/problems/insufficient-scope' }),
    ]);
  });
});
