import { describe, expect, it } from 'vitest';
import { destroyBundle } from '../../../modules/archive/destroy-bundle.ts';
import { getLink } from '../../../modules/archive/get-link.ts';
import { getManifest } from '../../../modules/archive/get-manifest.ts';
import { getNearNames } from '../../../modules/archive/get-near-names.ts';
import { WrongStateError } from '../../../modules/requests/errors.ts';
import { aRequest, memoryBundles, memoryParts, memoryRequests, memoryVault, silentLog } from '../../support/fakes.ts';

const { requestId } = aRequest();
const clock = { now: () => new Date('2026-11-24T08:00:00Z') };
const bundle = {
  bundleKey: `bundles/${requestId}/1/gdpr-data.tar.gz`,
  byteLength: 1,
  expiresAt: '2026-12-24T08:00:00.000Z',
};

describe('the archive of a Request', () => {
  it('is not there for one that was cancelled after its merge, whatever is asked (R7)', async () => {
    const requests = memoryRequests(aRequest({ state: 'CANCELLED', bundle }));
    const bundles = memoryBundles();
    const links = { sign: async () => expect.fail('a link was signed') };
    const ports = { requests, bundles, links, clock, vault: memoryVault(), parts: memoryParts(), log: silentLog };

    await expect(getManifest(requestId, ports)).rejects.toThrow(WrongStateError);
    await expect(getLink(requestId, ports)).rejects.toThrow(WrongStateError);
    await expect(destroyBundle(requestId, ports)).rejects.toThrow(WrongStateError);
    expect((await requests.get(requestId)).destroyedAt).toBeUndefined();
  });
});

describe('near names', () => {
  it('are those of every attempt: a rerun asks the missing Engines alone (D9)', async () => {
    const requests = memoryRequests(aRequest({ state: 'COMPLETED', attempt: 2, bundle }));
    const parts = memoryParts();
    const index = { seq: 1, fragments: [], partETag: '"e"', missing: [], subjects: 1, next: null };
    await parts.putIndex(requestId, 1, { ...index, sourceId: 'e1', sourceName: 'e1', nearNames: ['admin-jdoe'] });
    await parts.putIndex(requestId, 2, { ...index, sourceId: 'e2', sourceName: 'e2', nearNames: ['jdoe2'] });

    expect(await getNearNames(requestId, { requests, parts })).toEqual({ names: ['admin-jdoe', 'jdoe2'] });
  });
});
