import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { ModelPorts } from './life-ports.ts';
import {
  anonymization,
  approvedAnonymization,
  type Faults,
  LifeSystem,
  type Planned,
  retrieval,
  type Seeded,
  type Visitor,
} from './life-system.ts';
import { explore } from './scheduler.ts';

interface Scenario {
  readonly planned: readonly Planned[];
  readonly faults: Faults;
  /** The Portal database does not keep two anonymizations apart. */
  readonly unlocked?: true;
}

const { login: _login, ...unattended } = retrieval;
const { login: _later, ...waiting } = anonymization;
const one = (body: Planned['body'], visitors: readonly Visitor[], faults: Faults = {}): Scenario => ({
  planned: [{ body, visitors }],
  faults,
});
const both = (visitors: readonly Visitor[], faults: Faults = {}, body = anonymization): Scenario => ({
  planned: [
    { body, visitors },
    { body: anonymization, visitors: [] },
  ],
  faults,
});
const waits: Planned = { body: waiting, visitors: ['login'] };

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an anonymization, cancelled': one(anonymization, ['cancel']),
  'an anonymization, two functions killed': one(anonymization, [], { kills: 2 }),
  'two approvals': one(approvedAnonymization, ['approve', 'approve', 'login']),
  'two logins': one(approvedAnonymization, ['approve', 'login', 'login']),
  'an approval, denied': one(approvedAnonymization, ['approve', 'login', 'deny']),
  'an approval that expires': one(approvedAnonymization, ['approve', 'login', 'expire']),
  'an approval, a function killed': one(approvedAnonymization, ['approve', 'login'], { kills: 1 }),
  'a retrieval, cancelled': one(retrieval, ['cancel']),
  'two reruns': one(retrieval, ['rerun', 'rerun']),
  'a rerun, a function killed': one(retrieval, ['rerun'], { kills: 1 }),
  'two anonymizations of one Subject': both([]),
  'an approval about a Subject that another anonymizes': both(['approve', 'login'], {}, approvedAnonymization),
  'an anonymization, an answer lost': one(anonymization, [], { losses: 1 }),
  'an approval, an answer lost': one(approvedAnonymization, ['approve', 'login'], { losses: 1 }),
  'two anonymizations that the Portal database lets run': { ...both(['login'], {}, waiting), unlocked: true },
};

/** Minutes rather than seconds each. */
const DEEP: Readonly<Record<string, Scenario>> = {
  'a retrieval and a rerun, an answer lost': one(retrieval, ['rerun'], { losses: 1 }),
  'an approval, cancelled': one(approvedAnonymization, ['approve', 'login', 'cancel']),
  'an anonymization, cancelled, a function killed': one(anonymization, ['cancel'], { kills: 1 }),
  'a retrieval, cancelled, a function killed': one(retrieval, ['cancel'], { kills: 1 }),
  'a retrieval without a login, cancelled': one(unattended, ['login', 'cancel']),
  'two reruns, a function killed': one(retrieval, ['rerun', 'rerun'], { kills: 1 }),
  'two reruns, cancelled': one(retrieval, ['rerun', 'cancel']),
  'two anonymizations of one Subject, an answer lost': both([], { losses: 1 }),
  'two anonymizations of one Subject, a function killed': both([], { kills: 1 }),
  'two anonymizations of one Subject, one cancelled': both(['cancel'], { kills: 1 }),
  'two that waited while their Subject was anonymized': {
    planned: [waits, waits, { body: anonymization, visitors: [], between: true }],
    faults: {},
    unlocked: true,
  },
};

const isDeep = process.env.GDPR_TEST_DEEP === '1';

// A worker looks for a cancellation every 2 s besides: a schedule must not depend on how busy the machine is.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterAll(() => void vi.useRealTimers());

const search = ({ planned, faults, ...database }: Scenario, seeded: Seeded = {}) =>
  explore(() => new LifeSystem(planned, faults, { ...database, ...seeded }));

describe('the life of a Request, whoever of its processes is first', () => {
  const scenarios = isDeep ? { ...SCENARIOS, ...DEEP } : SCENARIOS;

  it.each(Object.entries(scenarios))('holds: %s', { timeout: 600_000 }, async (_name, scenario) => {
    const { fault, states } = await search(scenario);
    expect(fault).toBeUndefined();
    expect(states).toBeGreaterThan(100);
  });
});

/** A port whose requests do something else. */
const withRequests =
  (change: (requests: ModelPorts['requests']) => Partial<ModelPorts['requests']>) =>
  (ports: ModelPorts): ModelPorts => ({ ...ports, requests: { ...ports.requests, ...change(ports.requests) } });

describe('a seeded bug', () => {
  it('is found: two anonymizations of one Subject are not kept apart', async () => {
    const blind = (ports: ModelPorts) => ({ ...ports, subjects: { ...ports.subjects, claim: async () => undefined } });
    const { fault } = await search(both([]), { ports: blind, unlocked: true });
    expect(fault?.what).toBe('two anonymizations of one Subject at once');
  });

  it('is found: the login is not wiped', async () => {
    const forgets = (ports: ModelPorts) => ({ ...ports, vault: { ...ports.vault, wipe: async () => {} } });
    const { fault } = await search(one(retrieval, []), { ports: forgets });
    expect(fault?.what).toContain('a login is kept while');
  });

  it('is found: the leave to commit is not written down', async () => {
    const unnoted = withRequests((requests) => ({
      transition: (id, to, patch, held) =>
        patch?.commitStartedAt ? requests.get(id) : requests.transition(id, to, patch, held),
    }));
    const { fault } = await search(one(anonymization, [], { kills: 2 }), { ports: unnoted });
    expect(fault?.what).toBe('FAILED, and changed: true');
  });

  it('is found: a write does not hold to the attempt that it was decided for', async () => {
    const unfenced = withRequests((requests) => ({
      transition: (id, to, patch) => requests.transition(id, to, patch),
    }));
    const { fault } = await search(one(retrieval, ['rerun', 'rerun'], { kills: 1 }), { ports: unfenced });
    expect(fault?.what).toBe('QUEUED after COMPLETED_WITH_ERRORS');
  });

  it('is found: a write does not look at the state', async () => {
    const blind = withRequests((requests) => ({
      transition: async (id, to, patch) => {
        const record = { ...(await requests.get(id)), ...patch, state: to } as RequestRecord;
        await requests.create(record);
        return record;
      },
    }));
    const { fault } = await search(one(approvedAnonymization, ['approve', 'deny']), { ports: blind });
    expect(fault?.what).toBe('AWAITING_LOGIN after DENIED');
  });

  it('is found: nobody closes what was cancelled', async () => {
    const deaf = (ports: ModelPorts) => ({ ...ports, executions: { ...ports.executions, start: async () => {} } });
    const { fault } = await search(one(anonymization, ['cancel']), { ports: deaf });
    expect(fault?.what).toContain('nobody works for it');
  });
});
