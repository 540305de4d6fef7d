import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { RequestsView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { openState } from './open-state.ts';
import { type Facts, RECORDED, readFacts, VERSIONS } from './stored-state.ts';

describe.each(VERSIONS)('the present system on the data folder of version %s', (version) => {
  const folder = join(import.meta.dirname, version);
  let dataDir: string;
  let facts: Facts;
  let system: LocalSystem;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'restart-'));
    facts = await readFacts(folder);
    await (await openState(folder, dataDir, { now: () => new Date() })).stop();
    const { engines, rows, seed } = facts.engines;
    system = await startLocalSystem({ engines, rows, seed, dataDir });
  });
  afterAll(async () => {
    await system?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const answerOf = async (path: string) => {
    const answer = await callApi(system, 'GET', path);
    return { status: answer.status, body: (await answer.json()) as object };
  };

  it('lists every request of before, and shows each with its trail', async () => {
    const { body } = await answerOf('/v1/requests');
    const ids = (body as RequestsView).requests.map(({ requestId }) => requestId);

    expect(ids).toEqual(RECORDED.map((name) => facts.requests[name]).reverse());
    for (const requestId of ids) {
      expect(await answerOf(`/v1/requests/${requestId}`)).toMatchObject({ status: 200, body: { requestId } });
      expect((await answerOf(`/v1/requests/${requestId}/events`)).status).toBe(200);
    }
  });

  it('closes what was in flight, since no execution of this machine outlives its process', async () => {
    const view = await ended(system, facts.requests.inFlight);
    expect([view.state, view.failure]).toEqual(['FAILED', 'Execution.ABORTED']);
  });

  it('serves the certificate, and signs with the key that signed it', async () => {
    const { body } = await answerOf(`/v1/requests/${facts.requests.anonymized}/certificate`);
    const kms = new KMSClient(clientOf(system, 'KMS'));
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: 'sign' }));
    kms.destroy();

    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    expect(checkCertificate(body as SignedCertificate, key)).toMatchObject({ faults: [], issuerChecked: true });
  });
});
