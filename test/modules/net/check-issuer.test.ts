import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerFault } from '../../../modules/net/check-issuer.ts';
import { startTlsPeer, type TlsPeer } from '../../support/tls-peer.ts';

describe('issuerFault (R32)', () => {
  let peer: TlsPeer;
  let answer: readonly [status: number, body: string];
  beforeAll(async () => {
    peer = await startTlsPeer((response) => void response.writeHead(answer[0]).end(answer[1]));
  });
  afterAll(() => peer?.stop());

  it.each([
    [
      200,
      '<!doctype html><title>Log in</title>',
      'answers with HTTP 200 and a web page, perhaps of a proxy or a log-in',
    ],
    [200, 'OK', 'answers with HTTP 200 and a text that is not JSON'],
    [200, '\u00ff', 'answers with HTTP 200 and a text that is not JSON'],
    [200, '', 'answers with HTTP 200 and a text that is not JSON'],
    [200, '{"issuer":"x"}', 'answers with HTTP 200'],
    [404, '{}', 'answers with HTTP 404'],
  ] as const)('says what came in the place of a discovery document: %i %s', async (status, body, came) => {
    answer = [status, body];
    const rules = {
      trust: { mode: 'ca', pem: peer.caPem },
      allowLoopback: true,
      now: () => new Date(),
      onUnchecked: () => {},
    } as const;

    expect(await issuerFault(peer.url, rules)).toBe(
      `${peer.url}/.well-known/openid-configuration ${came}: it has no discovery document`,
    );
  });
});
