import { describe, expect, it } from 'vitest';
import { denyRequest } from '../../../modules/lifecycle/change-request.ts';
import { closeRequest } from '../../../modules/lifecycle/close-request.ts';
import { loginRequest } from '../../../modules/lifecycle/start-execution.ts';
import { startAboutSubject } from '../../../modules/lifecycle/start-request.ts';
import type { Caller } from '../../../modules/requests/caller.ts';
import { SealedItemGoneError, SubjectBusyError } from '../../../modules/requests/errors.ts';
import type { StartRequestBody } from '../../../modules/requests/start-body.ts';
import { sweep } from '../../../modules/schedules/sweep.ts';
import {
  anOutcome,
  aPolicy,
  closingPorts,
  memoryArchives,
  memoryParts,
  memorySubjects,
  noRequests,
} from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const caller: Caller = { callerId: 'anna', kind: 'person', scopes: [] };
const login = { username: 'operator', password: 'open sesame' };
const subject = { kind: 'user', name: 'jdoe' } as const;
const waiting: StartRequestBody = { kind: 'anonymize', irreversible: true, subject };
const anonymization: StartRequestBody = { ...waiting, login };
const retrieval: StartRequestBody = { kind: 'retrieve', sources: ['portal'], subject, login };
const receipt = { ...anOutcome({ 'portal.users': 1 }), residue: 0 };

/** Two anonymizations wait for a login, a third of the same name runs, beside whatever is given. */
async function setup(...beside: StartRequestBody[]) {
  let drawn = 0;
  let now = new Date('2026-11-23T08:00:00Z');
  const subjects = memorySubjects(() => now);
  const ports = {
    ...closingPorts(),
    ...startPorts(login.password),
    subjects,
    parts: memoryParts(),
    archives: memoryArchives(),
    clock: { now: () => now },
  };
  const { requests } = ports;
  const policy = aPolicy({ loginLater: 'allowed' });
  const begin = (body: StartRequestBody) =>
    startAboutSubject({ requestId: `r${++drawn}`, body, caller }, policy, ports);
  for (const body of [waiting, waiting, anonymization, ...beside]) await begin(body);
  return {
    requests,
    subjects,
    begin,
    login: (requestId: string) => loginRequest(requestId, login, caller, policy, ports),
    deny: (requestId: string) => denyRequest(requestId, 'other', 'bert', ports),
    close: (requestId: string) => closeRequest({ requestId, attempt: 1 }, ports),
    anonymize: async (requestId: string) => {
      await requests.transition(requestId, 'RUNNING');
      await requests.note(requestId, { receipt });
      return closeRequest({ requestId, attempt: 1 }, ports);
    },
    sweep: async (...ids: string[]) => {
      now = new Date(now.getTime() + 86_400_000);
      const executions = { ...ports.executions, find: async () => 'RUNNING' as const };
      const openRequests = {
        list: async function* () {
          yield* ids;
        },
        remove: async () => {},
      };
      return sweep({ warnDays: [] }, { ...ports, executions, openRequests, requestList: noRequests });
    },
    known: () => [...subjects.about.values()].flatMap((ids) => [...ids.keys()]),
  };
}

describe('leaveSubject', () => {
  it('keeps those that wait apart from each other after another has anonymized the name', async () => {
    const system = await setup();
    await system.anonymize('r3');

    await system.login('r1');

    await expect(system.login('r2')).rejects.toThrow(SubjectBusyError);
    await expect(system.begin(anonymization)).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: 'r1' });
  });

  it('lets the next one find and destroy what was retrieved meanwhile', async () => {
    const system = await setup();
    await system.anonymize('r3');
    const { record } = await system.begin(retrieval);
    const archive = { archiveKey: `archives/${record.requestId}/1/gdpr-data.tar.gz`, byteLength: 1 };
    await system.requests.transition(record.requestId, 'RUNNING');
    await system.requests.note(record.requestId, { archive: { ...archive, expiresAt: '2026-12-01T08:00:00Z' } });
    await system.requests.putProgress(record.requestId, {
      source: 'portal',
      sourceId: 'portal',
      name: 'portal',
      state: 'DONE',
      rows: 1,
      bytes: 1,
    });
    await system.close(record.requestId);

    await system.login('r1');
    await system.anonymize('r1');

    expect(await system.requests.get(record.requestId)).toMatchObject({ destroyedAt: expect.any(String) });
  });

  it('lets the next one destroy what a failed retrieval has kept (R15, C47)', async () => {
    const system = await setup();
    await system.anonymize('r3');
    const { record } = await system.begin(retrieval);
    await system.requests.transition(record.requestId, 'RUNNING');
    await system.close(record.requestId);
    expect(await system.requests.get(record.requestId)).toMatchObject({
      state: 'FAILED',
      rerunUntil: expect.any(String),
    });

    await system.login('r1');
    await system.anonymize('r1');

    expect(await system.requests.get(record.requestId)).toMatchObject({ destroyedAt: expect.any(String) });
  });

  it('keeps no hash of the name once the last has ended, whether by its run or while it waited (R15)', async () => {
    const system = await setup(retrieval);
    await system.anonymize('r3');
    await system.login('r1');
    await system.anonymize('r1');
    await system.deny('r2');
    await system.requests.transition('r4', 'RUNNING');
    expect(system.known()).toHaveLength(4);

    await system.close('r4');

    expect([system.known(), [...system.subjects.holders]]).toEqual([[], []]);
  });

  it('keeps none either when the last of them is tidied up by the sweeper alone (R15)', async () => {
    const system = await setup();
    await system.anonymize('r3');
    await system.deny('r1');
    await system.deny('r2');
    expect(system.known()).toHaveLength(3);

    await system.sweep('r1', 'r2', 'r3');

    expect(system.known()).toEqual([]);
  });

  it('waits for a start under way, and not for one that has died (R15)', async () => {
    const system = await setup();
    const [mac] = system.subjects.about.keys();
    await system.subjects.note(mac!, 'begun', new Date());
    await system.anonymize('r3');
    await system.deny('r1');
    await system.deny('r2');
    await system.close('r3');
    expect(system.known()).toHaveLength(4);

    await system.sweep('r3'); // a day later

    expect(system.known()).toEqual([]);
  });

  it('goes on forgetting where it was cut short (R15)', async () => {
    const system = await setup();
    await system.anonymize('r3');
    await system.deny('r1');
    await system.deny('r2');
    const [mac] = system.subjects.about.keys();
    Object.assign(system.subjects, { macOf: async () => mac });
    system.subjects.about.get(mac!)!.delete('r3'); // the one that was anonymized, and is now looked at again

    await system.sweep('r3');

    expect(system.known()).toEqual([]);
  });

  it('keeps what tells duplicates apart when nothing was anonymized', async () => {
    const system = await setup();
    await system.deny('r1');
    await system.sweep('r1');
    expect(system.known()).toEqual(['r1', 'r2', 'r3']);
  });
});

describe('loginRequest', () => {
  it('starts no anonymization of which it is not known whom it is about', async () => {
    const system = await setup();
    for (const ids of system.subjects.about.values()) ids.delete('r1');

    await expect(system.login('r1')).rejects.toThrow(SealedItemGoneError);

    expect((await system.requests.get('r1')).state).toBe('AWAITING_LOGIN');
  });
});
