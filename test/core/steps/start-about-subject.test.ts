import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../core/caller.ts';
import { LoginRefusedError, SubjectBusyError } from '../../../core/errors.ts';
import type { RequestState, StartRequestBody } from '../../../core/model.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../../../core/steps/start-about-subject.ts';
import { startPorts } from '../../support/start-ports.ts';

const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const caller = (callerId: string): Caller => ({ callerId, kind: 'person', scopes: ['gdpr.read'] });
const anna = caller('anna');
const login = { username: 'operator', password: 'open sesame' };
const about = (name: string) => ({ subject: { kind: 'user' as const, name }, login });
const retrieval = (name = 'jdoe'): StartRequestBody => ({ kind: 'retrieve', sources: ['portal'], ...about(name) });
const anonymization = (name = 'jdoe'): StartRequestBody => ({
  ...{ kind: 'anonymize', irreversible: true, ...about(name) },
});

function world() {
  let next = 0;
  const ports: StartAboutSubjectPorts = startPorts({ newId: () => idOf(++next), password: login.password });
  return {
    ...ports,
    start: (body: StartRequestBody, who = anna) => startAboutSubject(body, who, ports),
    end: async (n: number, ...states: RequestState[]) => {
      for (const state of states) await ports.requests.transition(idOf(n), state);
    },
  };
}

describe('startAboutSubject', () => {
  it('points to other Requests about the same Subject, however its name is written, and starts all the same', async () => {
    const { start } = world();
    expect(await start(retrieval('Jürgen'))).toMatchObject({ duplicates: [], otherDuplicates: 0 });
    expect(await start(retrieval('JU\u0308RGEN'))).toMatchObject({ duplicates: [idOf(1)], otherDuplicates: 0 });
    expect(await start(retrieval('Jurgen'))).toMatchObject({ duplicates: [], otherDuplicates: 0 });
  });

  it('counts those of others without naming them', async () => {
    const { start } = world();
    await start(retrieval());
    await start(retrieval(), caller('ben'));
    expect(await start(retrieval())).toMatchObject({ duplicates: [idOf(1)], otherDuplicates: 1 });
  });

  it('does not count one that ended without a result', async () => {
    const { start, end } = world();
    await start(retrieval());
    await end(1, 'RUNNING', 'FAILED');
    expect(await start(retrieval())).toMatchObject({ duplicates: [], otherDuplicates: 0 });
  });

  it('lets one anonymization of a Subject run at a time and points to it', async () => {
    const { start, end } = world();
    await start(retrieval());
    await start(anonymization());
    await expect(start(anonymization('JDOE'))).rejects.toMatchObject({ name: 'SubjectBusyError', requestId: idOf(2) });
    await expect(start(anonymization(), caller('ben'))).rejects.toMatchObject({ requestId: undefined });
    await start(anonymization('another'));
    await end(2, 'RUNNING', 'FAILED');
    expect(await start(anonymization())).toMatchObject({ record: { requestId: idOf(6) } });
  });

  it('tells nothing to who has not shown a good login, and leaves the Subject free (R14)', async () => {
    const { start, subjects } = world();
    await start(anonymization());
    const wrong = { ...anonymization(), login: { ...login, password: 'x' } };
    await expect(start(wrong)).rejects.toThrow(LoginRefusedError);
    await expect(start(anonymization())).rejects.toThrow(SubjectBusyError);
    expect(await subjects.macOf(idOf(2))).toBeUndefined();
  });

  it('frees the Subject when the execution cannot be started', async () => {
    const { start, executions } = world();
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
