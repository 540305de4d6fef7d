import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import {
  EngineAuthError,
  EngineUnavailableError,
  LoginInsufficientError,
  LoginNotVerifiableError,
  LoginRefusedError,
} from '../../../modules/engines/errors.ts';
import { NotStartedError } from '../../../modules/lifecycle/errors.ts';
import { type StartRequestPorts, startRequest } from '../../../modules/lifecycle/start-request.ts';
import type { Caller } from '../../../modules/requests/caller.ts';
import { RequestNotFoundError } from '../../../modules/requests/errors.ts';
import type { Engine } from '../../../modules/requests/source.ts';
import type { StartRequestBody } from '../../../modules/requests/start-body.ts';
import {
  anEngine,
  aPolicy,
  memoryLeases,
  memoryRequests,
  memoryVault,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';

const login = { username: 'operator', password: 'open sesame' };
const caller: Caller = { callerId: 'caller', kind: 'person', scopes: [] };
const requestId = '00000000-0000-4000-8000-00000000000a';
const retrieval = (facts: Partial<StartRequestBody> = {}): StartRequestBody =>
  ({
    kind: 'retrieve',
    subject: { kind: 'user', name: 'jdoe' },
    sources: ['engine'],
    login,
    ...facts,
  }) as StartRequestBody;

function setup(answer: () => string | Error = () => 'id\n', listed: Engine[] = [anEngine('engine-1')]) {
  const started: string[] = [];
  const requests = memoryRequests();
  const vault = memoryVault();
  const engineApi = scriptedEngine(answer);
  const ports = {
    requests,
    vault,
    engineApi,
    leases: memoryLeases(),
    pause: async () => {},
    portalApi: {
      checksLogin: true,
      listEngines: async ({ password }: typeof login) => {
        if (password !== login.password) throw new LoginRefusedError();
        return listed;
      },
    },
    executions: {
      start: async (kind: string, id: string, attempt: number) => void started.push(`${kind} ${id} ${attempt}`),
      stop: async () => {},
    },
    federation: undefined,
    clock: { now: () => new Date('2026-11-23T08:00:00Z') },
    log: silentLog,
    newKey: () => 'a2V5',
  };
  const start = (body: StartRequestBody, given: Partial<StartRequestPorts> = {}) =>
    startRequest({ requestId, body, caller }, aPolicy(), { ...ports, ...given });
  return { ...ports, started, start };
}

describe('startRequest', () => {
  it('seals name and login, writes the Request and starts the execution', async () => {
    const system = setup();
    await system.start(retrieval());
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'QUEUED', accountPrivacy: 'full' });
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`, `${requestId}/login`]);
    expect(system.started).toEqual([`retrieve ${requestId} 1`]);
    expect(JSON.stringify(await system.requests.get(requestId))).not.toMatch(/jdoe|sesame|operator/);
  });

  const refusals: [string, StartRequestBody, ReturnType<typeof setup>, new (...args: never[]) => Error][] = [
    ['an empty name (R23)', retrieval({ subject: { kind: 'user', name: '' } }), setup(), InvalidInputError],
    [
      'an account that NXQL cannot spell (R23)',
      retrieval({ subject: { kind: 'user', name: 'jdoe', accounts: ['jdoe@CORP', 'jdoe*'] } }),
      setup(),
      InvalidInputError,
    ],
    [
      'a name that NXQL cannot spell (R23)',
      retrieval({ subject: { kind: 'user', name: 'A\\b\\c' } }),
      setup(),
      InvalidInputError,
    ],
    ['a wrong password (R4)', retrieval({ login: { ...login, password: 'x' } }), setup(), LoginRefusedError],
    ['an account that Engines refuse (R4)', retrieval(), setup(() => new EngineAuthError('e')), LoginInsufficientError],
    [
      'an account nobody can vouch for (R4)',
      retrieval(),
      setup(() => new EngineUnavailableError('e')),
      LoginNotVerifiableError,
    ],
  ];
  it.each(refusals)('refuses %s before anything is started', async (_what, body, system, error) => {
    await expect(system.start(body)).rejects.toThrow(error);
    expect(system.started).toEqual([]);
    expect(system.vault.sealed.size).toBe(0);
    await expect(system.requests.get(requestId)).rejects.toThrow('There is no request');
  });

  it('sends a wrong password to the Portal alone, never to an Engine (decision 26)', async () => {
    const system = setup();
    await expect(system.start(retrieval({ login: { ...login, password: 'x' } }))).rejects.toThrow(LoginRefusedError);
    expect(system.engineApi.asked).toEqual([]);
  });

  it('asks another Engine when the first is away or refuses', async () => {
    const answers = [new EngineUnavailableError('e'), new EngineAuthError('e'), 'id\n'];
    const system = setup(() => answers.shift()!, [anEngine('a'), anEngine('b'), anEngine('c')]);
    await system.start(retrieval());
    expect(await system.requests.get(requestId)).toMatchObject({ accountPrivacy: 'full' });
  });

  it('checks the account for Portal data as for Engine data, and keeps no login (R4)', async () => {
    const system = setup();
    await system.start(retrieval({ sources: ['portal'], subject: { kind: 'user', name: 'A\\b\\c' } }));
    expect(await system.requests.get(requestId)).toMatchObject({ accountPrivacy: 'full' });
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`]);
  });

  it.each([
    ['a retrieval of Portal data', { ...retrieval(), sources: ['portal'] }],
    ['an anonymization', { kind: 'anonymize', subject: { kind: 'user', name: 'jdoe' }, irreversible: true, login }],
  ])('refuses a lesser account for %s, and starts nothing (R4, C42)', async (_what, body) => {
    const system = setup(() => new EngineAuthError('engine-1'));

    await expect(system.start(body as StartRequestBody)).rejects.toThrow(LoginInsufficientError);

    expect(system.started).toEqual([]);
    await expect(system.requests.get(requestId)).rejects.toThrow(RequestNotFoundError);
  });

  it('takes the service account, checked and sealed as any login, when the Caller has no person (decision 23)', async () => {
    const system = setup();
    const body = retrieval({ login: 'service-account' });
    const serviceAccount = async () => login;
    await system.start(body, { serviceAccount });
    expect(await system.vault.open(requestId, 'login')).toEqual(login);
    expect(system.started).toEqual([`retrieve ${requestId} 1`]);
  });

  it('refuses a service account whose password is wrong', async () => {
    const serviceAccount = async () => ({ ...login, password: 'x' });

    const start = setup().start(retrieval({ login: 'service-account' }), { serviceAccount });

    await expect(start).rejects.toThrow(LoginRefusedError);
  });

  it('refuses a service account that is not set up', async () => {
    const start = setup().start(retrieval({ login: 'service-account' }));

    await expect(start).rejects.toThrow('The service account is not set up');
  });

  it('leaves nothing sealed when the execution cannot be started, and the log says why', async () => {
    const system = setup();
    const told: unknown[] = [];
    const log = { info: () => {}, warn: (event: string, fields?: object) => void told.push(event, fields) };
    system.executions.start = async () => {
      throw new Error('no');
    };
    await expect(system.start(retrieval(), { log })).rejects.toThrow(NotStartedError);
    expect(system.vault.sealed.size).toBe(0);
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'FAILED' });
    expect(told).toEqual(['request not started', { requestId, attempt: 1, error: 'Error' }]);
  });

  it('says that it was not started when an execution that began all the same has ended it', async () => {
    const system = setup();
    system.executions.start = async () => {
      throw new Error('no answer');
    };
    const { transition } = system.requests;
    system.requests.transition = async (id, to, patch, held) => {
      if (to === 'FAILED') await transition(id, 'FAILED'); // by its Close Request
      return transition(id, to, patch, held);
    };
    await expect(system.start(retrieval())).rejects.toThrow(NotStartedError);
    expect((await system.requests.get(requestId)).state).toBe('FAILED');
  });
});
