import { describe, expect, it } from 'vitest';
import { LoginRefusedError } from '../../../modules/engines/errors.ts';
import { loginRequest } from '../../../modules/lifecycle/start-execution.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../../../modules/lifecycle/start-request.ts';
import type { Caller } from '../../../modules/requests/caller.ts';
import { SubjectBusyError } from '../../../modules/requests/errors.ts';
import type { RequestState } from '../../../modules/requests/record.ts';
import type { StartRequestBody } from '../../../modules/requests/start-body.ts';
import { aPolicy, memoryRequests, memorySubjects } from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const caller = (callerId: string): Caller => ({ callerId, kind: 'person', scopes: ['gdpr.read'] });
const anna = caller('anna');
const login = { username: 'operator', password: 'open sesame' };
const about = (name: string) => ({ subject: { kind: 'user' as const, name }, login });
const retrieval = (name = 'jdoe'): StartRequestBody => ({ kind: 'retrieve', sources: ['portal'], ...about(name) });
const anonymization = (name = 'jdoe'): StartRequestBody => ({
  kind: 'anonymize',
  irreversible: true,
  ...about(name),
});
const policy = aPolicy({ loginLater: 'allowed' });

function setup() {
  let next = 0;
  const subjects = memorySubjects();
  const ports: StartAboutSubjectPorts = {
    ...startPorts(login.password),
    subjects,
  };
  const start = (body: StartRequestBody, who = anna, given: Partial<StartAboutSubjectPorts> = {}) =>
    startAboutSubject({ requestId: idOf(++next), body, caller: who }, policy, { ...ports, ...given });
  return {
    ...ports,
    subjects,
    start,
    end: async (n: number, ...states: RequestState[]) => {
      for (const state of states) await ports.requests.transition(idOf(n), state);
    },
  };
}

describe('startAboutSubject', () => {
  it('points to other Requests about the same Subject, however its name is written, and starts all the same', async () => {
    const { start } = setup();
    expect(await start(retrieval('Jürgen'))).toMatchObject({ duplicates: [], otherDuplicates: 0 });
    expect(await start(retrieval('JU\u0308RGEN'))).toMatchObject({ duplicates: [idOf(1)], otherDuplicates: 0 });
    expect(await start(retrieval('Jurgen'))).toMatchObject({ duplicates: [], otherDuplicates: 0 });
  });

  it('counts those of others without naming them', async () => {
    const { start } = setup();
    await start(retrieval());
    await start(retrieval(), caller('ben'));
    expect(await start(retrieval())).toMatchObject({ duplicates: [idOf(1)], otherDuplicates: 1 });
  });

  it('does not count one that ended without a result', async () => {
    const { start, end } = setup();
    await start(retrieval());
    await end(1, 'RUNNING', 'FAILED');
    expect(await start(retrieval())).toMatchObject({ duplicates: [], otherDuplicates: 0 });
  });

  it('lets one anonymization of a Subject run at a time and points to it', async () => {
    const { start, end } = setup();
    await start(retrieval());
    await start(anonymization());
    await expect(start(anonymization('JDOE'))).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(2) });
    await expect(start(anonymization(), caller('ben'))).rejects.toMatchObject({ requestId: undefined });
    await start(anonymization('another'));
    await end(2, 'RUNNING', 'FAILED');
    expect(await start(anonymization())).toMatchObject({ record: { requestId: idOf(6) } });
  });

  it('lets no rehearsal run beside an anonymization or rehearsal of the Subject; once ended, it is no duplicate (R15)', async () => {
    const { start, end } = setup();
    const rehearsal = { kind: 'rehearse', ...about('jdoe') } as const;
    await start(rehearsal);
    await expect(start(anonymization('JDOE'))).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(1) });
    await expect(start(rehearsal)).rejects.toThrow(SubjectBusyError);
    await end(1, 'RUNNING', 'COMPLETED');
    expect(await start(anonymization())).toMatchObject({ duplicates: [], otherDuplicates: 0 });
    await expect(start(rehearsal)).rejects.toMatchObject({ requestId: idOf(4) });
  });

  it('tells nothing to a caller without a good login, and leaves the Subject free (R14)', async () => {
    const { start, subjects } = setup();
    await start(anonymization());
    const wrong = { ...anonymization(), login: { ...login, password: 'x' } };
    await expect(start(wrong)).rejects.toThrow(LoginRefusedError);
    await expect(start(anonymization())).rejects.toThrow(SubjectBusyError);
    expect(await subjects.macOf(idOf(2))).toBeUndefined();
  });

  it('keeps the Subject for a Request that is there though the answer to its start was lost', async () => {
    const { start, executions, requests } = setup();
    const { start: begin } = executions;
    const lost = async () => {
      await requests.transition(idOf(1), 'RUNNING');
      throw new Error('no answer');
    };
    Object.assign(executions, { start: lost });
    await start(anonymization());
    Object.assign(executions, { start: begin });
    await expect(start(anonymization())).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(1) });
  });

  it('leaves the Subject free while an anonymization waits for a person, who takes it with the login', async () => {
    const system = setup();
    const { login: _later, ...waiting } = anonymization();
    await system.start(waiting);
    const { record } = await system.start(anonymization());
    const logIn = () => loginRequest(idOf(1), login, anna, policy, system);
    await expect(logIn()).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: record.requestId });
    expect(await system.requests.get(idOf(1))).toMatchObject({ state: 'AWAITING_LOGIN' });
    await system.end(2, 'RUNNING', 'FAILED');
    expect(await logIn()).toMatchObject({ state: 'QUEUED' });
    await expect(system.start(anonymization())).rejects.toMatchObject({ requestId: idOf(1) });
  });

  it('keeps the Subject when it cannot be told whether the Request runs', async () => {
    const { start, executions, requests } = setup();
    const down = async () => {
      throw new Error('down');
    };
    const { start: begin } = executions;
    const { transition } = requests;
    Object.assign(executions, { start: down });
    Object.assign(requests, { transition: down });
    await expect(start(anonymization())).rejects.toThrow('down');
    Object.assign(executions, { start: begin });
    Object.assign(requests, { transition });
    await expect(start(anonymization())).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(1) });
  });

  it('takes the Subject over from a login that died a minute ago, and from none before', async () => {
    const system = setup();
    const { login: _later, ...waiting } = anonymization();
    await system.start(waiting);
    const mac = await system.subjects.macOf(idOf(1));
    await system.subjects.claim(mac!, idOf(1)); // and dies
    await expect(system.start(anonymization())).rejects.toThrow(SubjectBusyError);
    const clock = { now: () => new Date(Date.now() + 61_000) };
    const { record } = await system.start(anonymization(), anna, { clock });
    expect(record.state).toBe('QUEUED');
  });

  it('does not take the Subject over from a login that has come again meanwhile', async () => {
    const system = setup();
    const { login: _later, ...waiting } = anonymization();
    await system.start(waiting);
    const mac = (await system.subjects.macOf(idOf(1)))!;
    const since = new Date(Date.now() - 61_000).toISOString();
    system.subjects.holders.set(mac, { requestId: idOf(1), since }); // of a login that died
    const { get } = system.requests;
    const requests = {
      ...system.requests,
      get: async (requestId: string) => {
        const found = await get(requestId);
        if (requestId === idOf(1)) await system.subjects.claim(mac, idOf(1)); // comes again
        return found;
      },
    };
    const second = system.start(anonymization(), anna, { requests });
    await expect(second).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(1) });
    expect(system.subjects.holders.get(mac)?.requestId).toBe(idOf(1));
  });

  it('leaves no hash of a Request that could not be written', async () => {
    const { start, requests, subjects } = setup();
    Object.assign(requests, {
      create: async () => {
        throw new Error('down');
      },
    });
    await expect(start(anonymization())).rejects.toThrow('down');
    expect(await subjects.macOf(idOf(1))).toBeUndefined();
    Object.assign(requests, memoryRequests());
    expect(await start(anonymization())).toMatchObject({ duplicates: [], record: { requestId: idOf(2) } });
  });

  it('frees the Subject when the execution cannot be started', async () => {
    const { start, executions } = setup();
    const { start: begin } = executions;
    Object.assign(executions, {
      start: async () => {
        throw new Error('no');
      },
    });
    await expect(start(anonymization())).rejects.toThrow('no');
    Object.assign(executions, { start: begin });
    expect(await start(anonymization())).toMatchObject({ record: { requestId: idOf(2) } });
  });
});
