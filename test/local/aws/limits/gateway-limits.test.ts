import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiGateway } from '../../../../local/aws/api-gateway.ts';
import type { InvocationResult } from '../../../../local/aws/lambda-sandbox.ts';
import type { LoopbackServer } from '../../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../../local/aws/names.ts';
import { LocalIdentity } from '../../../../local/identity/local-identity.ts';
import { callerFrom } from '../../../../modules/requests/caller.ts';
import { runGdpr } from '../../../cli/run-gdpr.ts';
import { signedCall } from '../../../support/signed-call.ts';

const ROLE = 'arn:aws:iam::000000000000:role/intranet';
const ROUTES = {
  'GET /v1/requests': { name: 'read' },
  'POST /v1/requests': { name: 'start' },
  'GET /busy': { name: 'busy' },
  'GET /health': { name: 'open' },
};
const BUSY: InvocationResult = {
  ok: false,
  error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.', trace: [] },
};

describe('the gateway with the limits of AWS', () => {
  let folder: string;
  let api: LoopbackServer;
  let identity: LocalIdentity;
  const seen: APIGatewayProxyEventV2[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-'));
    identity = await LocalIdentity.open(folder);
    api = await startApiGateway({
      routes: ROUTES,
      openRoutes: ['GET /health', 'GET /busy'],
      invoke: async (name, event) => {
        if (name === 'busy') return BUSY;
        seen.push(event as APIGatewayProxyEventV2);
        return { ok: true, payload: { statusCode: 200, body: '{"requests":[]}' } };
      },
      identity,
      scopes: { 'GET /v1/requests': ['gdpr.read', 'gdpr.operate'], 'POST /v1/requests': ['gdpr.retrieve'] },
      signers: { MACHINE: ROLE },
      consoleDir: folder,
    });
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });
  const statusOf = async (call: Request | Promise<Request>) => (await fetch(await call)).status;

  it('refuses a token without a scope of the route, and lets no function see it (R19)', async () => {
    const token = await identity.issue('operator', ['gdpr.operate']);
    const call = (method: string, path: string) =>
      statusOf(new Request(`${api.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } }));
    seen.length = 0;

    expect(await call('POST', '/v1/requests')).toBe(403);
    expect(seen).toEqual([]);
    expect([await call('GET', '/v1/requests'), await call('GET', '/health')]).toEqual([200, 200]);
    expect(seen).toHaveLength(2);
  });

  it('takes a call that a role has signed, which is a machine to the functions (R19)', async () => {
    seen.length = 0;
    const address = `${api.url}/v1/requests?limit=1&reference=T%201`;
    expect(await statusOf(signedCall(address, 'MACHINE'))).toBe(200);

    const { requestContext } = seen[0] as unknown as {
      requestContext: { authorizer: Parameters<typeof callerFrom>[0] };
    };
    const rules = { scopeClaim: 'scope', machines: { [ROLE]: ['gdpr.read'] as const } };
    expect(callerFrom(requestContext.authorizer, rules)).toMatchObject({ kind: 'machine', scopes: ['gdpr.read'] });
  });

  it('takes what the command line signs with the AWS role of the shell, and no other (R19)', async () => {
    const { accessKeyId, secretAccessKey } = FAKE_CREDENTIALS;
    const list = (env: Record<string, string>, ...more: string[]) =>
      runGdpr(['list', '--reference', "T 1+1 (a*b)'s/~", '--sigv4', ...more], { cwd: folder, env });
    const machine = { AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'MACHINE', AWS_SECRET_ACCESS_KEY: secretAccessKey };
    seen.length = 0;

    expect(await list(machine, '--api', api.url)).toMatchObject({ code: 0 });
    expect(seen.map(({ queryStringParameters }) => queryStringParameters?.reference)).toEqual(["T 1+1 (a*b)'s/~"]);
    const somebody = { ...machine, AWS_ACCESS_KEY_ID: accessKeyId };
    expect(await list(somebody, '--api', api.url)).toMatchObject({ code: 1, stderr: expect.stringContaining('AWS') });
    expect(await list(machine)).toMatchObject({ code: 2, stderr: expect.stringContaining('give --api URL') });
    const nobody = { AWS_REGION: REGION, AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };
    expect(await list(nobody, '--api', api.url)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no AWS credentials'),
    });
    expect(seen).toHaveLength(1);
  });

  it('refuses a signature that is old, of another key or of another call', async () => {
    const address = `${api.url}/v1/requests`;
    const old = signedCall(address, 'MACHINE', { signingDate: new Date(Date.now() - 16 * 60_000) });
    const signed = await signedCall(address, 'MACHINE', { method: 'POST', body: { kind: 'retrieve' } });
    const { method, headers } = signed;
    const other = new Request(address, { method, headers, body: JSON.stringify({ kind: 'anonymize' }) });
    const elsewhere = new Request(`${address}?limit=1`, { headers: (await signedCall(address, 'MACHINE')).headers });
    seen.length = 0;

    expect(await statusOf(signed)).toBe(200);
    for (const call of [old, signedCall(address, 'SOMEBODY'), other, elsewhere]) expect(await statusOf(call)).toBe(403);
    expect(seen).toHaveLength(1);
  });

  it('answers 503 while too many functions run', async () => {
    expect(await statusOf(new Request(`${api.url}/busy`))).toBe(503);
  });
});
