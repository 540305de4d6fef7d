import { describe, expect, it } from 'vitest';
import { getLink, getManifest } from '../../../modules/archive/archive-of-request.ts';
import { destroyArchive } from '../../../modules/archive/destroy-archive.ts';
import { WrongStateError } from '../../../modules/requests/errors.ts';
import { aRequest, memoryArchives, memoryParts, memoryRequests, memoryVault, silentLog } from '../../support/fakes.ts';

const { requestId } = aRequest();
const clock = { now: () => new Date('2026-11-24T08:00:00Z') };
const archive = {
  archiveKey: `archives/${requestId}/1/gdpr-data.tar.gz`,
  byteLength: 1,
  expiresAt: '2026-12-24T08:00:00.000Z',
};

describe('the archive of a Request', () => {
  it('is not there for one that was cancelled after its merge, whatever is asked (R7)', async () => {
    const requests = memoryRequests(aRequest({ state: 'CANCELLED', archive }));
    const archives = memoryArchives();
    const links = { sign: async () => expect.fail('a link was signed') };
    const ports = { requests, archives, links, clock, vault: memoryVault(), parts: memoryParts(), log: silentLog };

    await expect(getManifest(requestId, ports)).rejects.toThrow(WrongStateError);
    await expect(getLink(requestId, ports)).rejects.toThrow(WrongStateError);
    await expect(destroyArchive(requestId, ports)).rejects.toThrow(WrongStateError);
    expect((await requests.get(requestId)).destroyedAt).toBeUndefined();
  });
});
