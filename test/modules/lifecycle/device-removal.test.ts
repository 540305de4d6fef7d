import { describe, expect, it } from 'vitest';
import { whereIsDevice } from '../../../modules/lifecycle/device-removal.ts';
import { canonicalSubject } from '../../../modules/requests/subjects/subject-index.ts';
import { aPolicy, aRequest, memoryRequests } from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const caller = { callerId: 'operator', scopes: ['gdpr.operate'], kind: 'person' } as const;

describe('whereIsDevice (R28)', () => {
  it('answers although a removal was cancelled between its look and its note', async () => {
    const ports = startPorts('right');
    const open = aRequest({ kind: 'remove', subjectKind: 'device', state: 'AWAITING_REMOVAL' });
    const requests = memoryRequests(open);
    const mac = await ports.macs.of('subject', canonicalSubject({ kind: 'device', name: 'LT-101' }));
    await ports.subjects.note(mac, open.requestId, new Date('2099-01-01'));
    const get: typeof requests.get = async (requestId) => {
      const record = await requests.get(requestId);
      if (record.state === 'AWAITING_REMOVAL') await requests.transition(requestId, 'CANCELLED');
      return record;
    };
    const body = { name: 'LT-101', login: { username: 'x', password: 'right' } };
    const view = await whereIsDevice(body, caller, aPolicy(), { ...ports, requests: { ...requests, get } });

    expect(view).toMatchObject({ requestIds: [], engines: [{ name: 'engine-1', state: 'ABSENT' }] });
    expect((await requests.get(open.requestId)).removal).toBeUndefined();
  });
});
