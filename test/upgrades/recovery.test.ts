import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, it } from 'vitest';
import { TABLES } from '../../local/environment.ts';
import { getManifest } from '../../modules/archive/archive-of-request.ts';
import { rerunRequest } from '../../modules/lifecycle/rerun-request.ts';
import { kmsSigner } from '../../modules/proof/adapters/kms-signer.ts';
import { anchorFaults, checkTrail } from '../../modules/proof/audit-anchors.ts';
import { signCertificate } from '../../modules/proof/certificate.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import { getRequest, listRequests } from '../../modules/requests/views/get-request.ts';
import { aPolicy } from '../support/fakes.ts';
import { type Lost, openState } from './open-state.ts';
import { RECORDED, readFacts, VERSIONS } from './stored-state.ts';

const OPERATOR = { callerId: 'x', kind: 'person', scopes: ['gdpr.read', 'gdpr.operate'] } as const;

describe.each(VERSIONS)('what version %s has stored', (version) => {
  const folder = join(import.meta.dirname, version);
  let end = async () => {};
  afterEach(() => end());

  /** The present code on the recording, without what was lost. */
  async function without(lost: Lost) {
    const dataDir = await mkdtemp(join(tmpdir(), 'recovery-'));
    const facts = await readFacts(folder);
    const clock = { now: () => new Date(Date.parse(facts.recordedAt) + 60_000) };
    const state = await openState(folder, dataDir, clock, lost);
    end = async () => {
      await state.stop();
      await rm(dataDir, { recursive: true, force: true });
    };
    return { state, facts };
  }

  it('under a new signing key: certificates of before stay good with the key of before, and new ones with the new (R27)', async () => {
    const { state, facts } = await without({ keys: ['seal.key.sign'] });
    const { certificate: before } = await state.requests.get(facts.requests.anonymized);
    const claim = { subject: { kind: 'user', name: facts.anonymized }, nonce: facts.nonce } as const;
    const { PublicKey } = await state.kms.send(new GetPublicKeyCommand({ KeyId: 'sign' }));
    const keys = {
      old: createPublicKey(facts.publicKey),
      new: createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' }),
    };

    const after = await signCertificate(before!.certificate, kmsSigner(state.kms, 'sign'));

    const faults = (certificate: typeof after, key: keyof typeof keys) =>
      checkCertificate(certificate, keys[key], claim).faults.length;
    expect([faults(before!, 'old'), faults(before!, 'new')]).toEqual([0, 1]);
    expect([faults(after, 'old'), faults(after, 'new')]).toEqual([1, 0]);
    expect(checkCertificate(before!).faults).toEqual([]); // by the key that it brings along
    const events = await state.requests.listEvents(facts.requests.anonymized);
    const { anchors } = await state.anchors.list('');
    expect(checkTrail({ requestId: facts.requests.anonymized, events }, anchors).faults).toEqual([]);
  });

  it('from a backup of the table of requests alone: lists, trails, anchors and certificates are whole', async () => {
    const { state, facts } = await without({ tables: [TABLES.sealed], objects: true });

    const { requests } = await listRequests(OPERATOR, { limit: 100 }, state);
    const { anchors } = await state.anchors.list('');
    const { certificate } = await state.requests.get(facts.requests.anonymized);

    expect(requests.map(({ requestId }) => requestId)).toEqual(RECORDED.map((name) => facts.requests[name]).reverse());
    expect(await anchorFaults(anchors, facts.stampCa)).toEqual([]);
    expect(checkCertificate(certificate!, createPublicKey(facts.publicKey)).faults).toEqual([]);
    for (const requestId of Object.values(facts.requests)) {
      expect(await getRequest(requestId, state)).toMatchObject({ requestId });
      const events = await state.requests.listEvents(requestId);
      expect(checkTrail({ requestId, events }, anchors).faults).toEqual([]);
    }
  });

  it('from such a backup: names, logins and archives are gone for good, and are not made up (R24)', async () => {
    const { state, facts } = await without({ tables: [TABLES.sealed], objects: true });
    const { completed, incomplete, inFlight } = facts.requests;
    const outside = { federation: undefined, executions: { start: async () => {}, stop: async () => {} } };
    const ports = { ...state, ...outside, pause: async () => {} };

    await expect(state.vault.open(inFlight, 'login')).rejects.toMatchObject({ name: 'SealedItemGoneError' });
    await expect(state.vault.open(incomplete, 'subject')).rejects.toMatchObject({ name: 'SealedItemGoneError' });
    await expect(getManifest(completed, { ...state, archives: state.archiveReader })).rejects.toThrow();
    const login = { username: 'x', password: 'y' };
    await expect(rerunRequest(incomplete, login, aPolicy(), ports as never)).rejects.toThrow();
    expect((await state.requests.get(incomplete)).state).toBe('COMPLETED_WITH_ERRORS');
  });
});
