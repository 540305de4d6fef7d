import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import { startRequest } from '../../../modules/lifecycle/start-request.ts';
import { NightlyJobsError } from '../../../modules/portal/errors.ts';
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

const requestId = '00000000-0000-4000-8000-00000000000a';
const [nonce, digest] = ['n'.repeat(22), 'd'.repeat(43)];

function setup(
  preview: 'optional' | 'required' = 'optional',
  now = '2026-11-23T12:00:00Z',
  approval: 'none' | 'required' = 'none',
) {
  const started: string[] = [];
  const ports = {
    requests: memoryRequests(),
    vault: memoryVault(),
    leases: memoryLeases(),
    log: silentLog,
    engineApi: scriptedEngine(() => 'id\n'),
    pause: async () => {},
    portalApi: { checksLogin: true, listEngines: async () => [anEngine('engine-1')] },
    executions: { start: async (kind: string) => void started.push(kind), stop: async () => {} },
    federation: undefined,
    clock: { now: () => new Date(now) },
    newKey: () => 'a2V5',
  };
  const policy = aPolicy({
    nightlyJobs: { zone: 'UTC', jobs: [{ from: '22:15', to: '23:15' }] },
    preview,
    approval: { anonymize: approval, retrieve: approval },
  });
  const login = { username: 'operator', password: 'open sesame' };
  const start = (facts: { planHash?: string; rehearse?: true } | { retrieve: true } = {}, name = 'jdoe') => {
    const subject = { kind: 'user', name } as const;
    const body: StartRequestBody =
      'retrieve' in facts
        ? { kind: 'retrieve', sources: ['portal'], subject, login }
        : facts.rehearse
          ? { kind: 'rehearse', subject, login, ...(facts.planHash && { planHash: facts.planHash }) }
          : { kind: 'anonymize', irreversible: true, subject, login, ...facts };
    return startRequest({ requestId, body, caller: { callerId: 'caller', kind: 'person', scopes: [] } }, policy, ports);
  };
  return { ...ports, started, start };
}

describe('startRequest with a plan', () => {
  it('stores what tells nothing and seals the nonce that makes it comparable (R15, R24)', async () => {
    const system = setup();
    await system.start({ planHash: `${nonce}.${digest}` });

    expect(await system.requests.get(requestId)).toMatchObject({ planDigest: digest });
    expect(JSON.stringify(await system.requests.get(requestId))).not.toContain(nonce);
    expect(system.vault.sealed.get(`${requestId}/plan`)).toBe(nonce);
  });

  it('rehearses a plan without the approval that its anonymization needs, and seals no key of a certificate (R14, R15)', async () => {
    const system = setup('required', undefined, 'required');
    await system.start({ planHash: `${nonce}.${digest}`, rehearse: true });

    expect(system.started).toEqual(['rehearse']);
    expect(await system.requests.get(requestId)).toMatchObject({
      kind: 'rehearse',
      planDigest: digest,
      state: 'QUEUED',
    });
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`, `${requestId}/plan`]);
    await expect(setup('required').start({ rehearse: true })).rejects.toMatchObject({
      problems: [{ pointer: '/planHash' }],
    });
  });

  it('takes a name with its domain, which means that account alone (R1, R15)', async () => {
    for (const name of ['CORP\\jdoe', 'jdoe@corp.example']) {
      const system = setup();
      await system.start({}, name);
      await system.start({ retrieve: true }, name);
      expect(system.started).toEqual(['anonymize', 'retrieve']);
    }
  });

  it('goes without a plan, unless the settings require one (R14)', async () => {
    await setup().start();

    const strict = setup('required');
    await expect(strict.start()).rejects.toMatchObject({ problems: [{ pointer: '/planHash' }] });
    await expect(strict.start({ planHash: 'x' })).rejects.toBeInstanceOf(InvalidInputError);
    expect(strict.started).toEqual([]);
    await strict.start({ retrieve: true });
  });

  it('starts no anonymization during the nightly jobs, and says when it can; a retrieval may (issue 5, point 9)', async () => {
    const night = setup('optional', '2026-11-23T22:30:00Z');

    await expect(night.start()).rejects.toMatchObject({ retryAfter: 2700 });
    await expect(night.start()).rejects.toBeInstanceOf(NightlyJobsError);
    expect(night.started).toEqual([]);
    await night.start({ retrieve: true });
    expect(night.started).toEqual(['retrieve']);
  });
});
