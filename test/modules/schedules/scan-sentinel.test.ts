import { describe, expect, it, vi } from 'vitest';
import { SCHEDULES } from '../../../functions/registry.ts';
import { PortalDatabaseUnavailableError } from '../../../modules/portal/errors.ts';
import type { PortalNames } from '../../../modules/portal/ports.ts';
import type { Executions } from '../../../modules/requests/executions.ts';
import type { Subject } from '../../../modules/requests/subject.ts';
import { canonicalSubject } from '../../../modules/requests/subjects/subject-index.ts';
import { CLAIM_MS, type ScanSentinelPorts, scanSentinel } from '../../../modules/schedules/scan-sentinel.ts';
import { bareSubject, enterLedger, ledgerEnd, nextScan } from '../../../modules/sentinel/ledger.ts';
import type { SentinelPolicy } from '../../../modules/sentinel/settings.ts';
import {
  aPolicy,
  aRequest,
  aSentinel,
  memoryRequestsAt,
  memorySuppression,
  plainMacs,
  silentLog,
} from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const HOUR_MS = 3_600_000;
const start = new Date('2026-11-23T09:00:00.000Z');
const at = (hours: number) => new Date(start.getTime() + hours * HOUR_MS);
const first = aRequest({ state: 'COMPLETED', kind: 'anonymize', sources: ['portal'], callerId: 'who-asked' });
const subject: Subject = { kind: 'user', name: 'CORP\\René.Favre' };
/** Rules that a follow-up need not follow: nobody asks for it. */
const STRICT = { approval: { retrieve: 'required', anonymize: 'required' }, preview: 'required' } as const;
const FOLLOW_UP = '00000000-0000-4000-8000-0000000000f1';

/** The name of `subject` is in the ledger; the Portal holds these names. */
async function setup(
  names: readonly Subject[],
  policy: Partial<SentinelPolicy> = {},
  given: Partial<ScanSentinelPorts> = {},
  about = subject,
) {
  let hours = 0;
  let made = 0;
  const sentinel = { ...aSentinel, ...policy };
  const requests = memoryRequestsAt(() => at(hours).toISOString(), first);
  const ledger = memorySuppression();
  const events: string[] = [];
  const asked: string[] = [];
  const started: string[] = [];
  const ports: ScanSentinelPorts = {
    ...startPorts('right'),
    newId: () => FOLLOW_UP.replace('f1', `f${++made}`),
    requests,
    ledger,
    generation: 'g1',
    serviceAccount: async () => ({ username: 'service', password: 'right' }),
    executions: { start: async (kind, id) => void started.push(`${kind} ${id}`), stop: async () => {} },
    macs: {
      of: async (purpose, text) => {
        asked.push(text);
        return plainMacs.of(purpose, text);
      },
    },
    portalNames: {
      async *list(kinds) {
        yield names.filter(({ kind }) => kinds.includes(kind));
      },
    },
    clock: { now: () => at(hours) },
    log: { ...silentLog, warn: (event: string) => void events.push(event) },
    ...given,
  };
  const { subjects } = ports;
  await subjects.note(await plainMacs.of('subject', canonicalSubject(about)), first.requestId, at(9999));
  const retention = { engineDays: 30, backupDays: 90 };
  const entering = { ledger, generation: 'g1', subjects, log: ports.log };
  const stated = await enterLedger(first, start, { sentinel, retention }, entering);
  const reported = async () => (await requests.listEvents(first.requestId)).map(({ what }) => what);
  const scanAt = (time: number, used = ports) => {
    hours = time;
    return scanSentinel({ ...aPolicy(STRICT), sentinel }, used);
  };
  return { ports, ledger, stated, asked, events, started, reported, scanAt, requests };
}

describe('bareSubject', () => {
  it.each([
    ['user', 'CORP\\jdoe', 'jdoe'],
    ['user', 'jdoe@corp.example', 'jdoe'],
    ['user', 'j.doe', 'j.doe'],
    ['device', 'pc-7.corp.example', 'pc-7'],
    ['device', 'CORP\\PC-7', 'PC-7'],
  ] as const)('takes the domain from a %s %s', (kind, name, bare) => {
    expect(bareSubject({ kind, name }).name).toBe(bare);
  });
});

describe('when names are looked for', () => {
  it('is after an hour, a day and a week, then weekly (R21), until Engines and backups have forgotten them', () => {
    expect([0, 1, 2].map((scans) => nextScan(start, scans, start, aSentinel))).toEqual([at(1), at(24), at(168)]);
    expect(nextScan(start, 3, at(170), aSentinel)).toEqual(at(338));
    expect(ledgerEnd(start, { engineDays: 30, backupDays: 90 }, aSentinel)).toEqual(at(97 * 24));
    expect(() => ledgerEnd(start, { engineDays: 30 }, aSentinel)).toThrow('retention.backupDays');
  });
});

describe('scanSentinel', () => {
  const returned = [
    { kind: 'user', name: 'somebody' },
    { kind: 'user', name: 'SOMEBODY' },
    { kind: 'device', name: 'pc-7' },
    { kind: 'user', name: `anon-${'a'.repeat(26)}` },
    { kind: 'user', name: 'CORP\\RENE\u0301.FAVRE' },
  ] as const;

  it('finds a name by its hash, however it is spelled, and asks for each hash once (R17)', async () => {
    const system = await setup(returned);
    expect(system.stated).toEqual({ enabled: true, until: at(97 * 24).toISOString() });
    expect(await system.scanAt(0.9)).toEqual({ scanned: 0, found: 0 });
    expect(await system.scanAt(1)).toEqual({ scanned: 1, found: 1 });
    expect(system.asked).toEqual(['user\nsomebody', 'user\nrené.favre@corp', 'user\nrené.favre']);
    expect([system.events, await system.reported()]).toEqual([['name came back'], ['name-found']]);
    expect(system.started).toEqual([]);
    expect([...system.ledger.items.values()]).toMatchObject([{ scans: 1, nextScanAt: at(24).toISOString() }]);
    expect(JSON.stringify([...system.ledger.items.values()]).toLowerCase()).not.toContain('favre');
  });

  it('follows up once for each scan, however often the schedule fires (R21)', async () => {
    const system = await setup(returned, { followUp: 'comment' });
    await system.scanAt(1);
    await Promise.all([system.scanAt(24), system.scanAt(24), system.scanAt(24)]);
    await system.scanAt(25);
    expect(await system.reported()).toEqual(['name-came-back', 'name-came-back']);
  });

  it('has the name anonymized again, by a Request that names the first and belongs to its requester', async () => {
    const system = await setup(returned, { followUp: 'anonymize' });
    await system.scanAt(1);
    await system.scanAt(24); // under way: one at a time
    expect(system.started).toEqual([`anonymize ${FOLLOW_UP}`]);
    const { followUpOf, callerId } = await system.requests.get(FOLLOW_UP);
    expect([followUpOf, callerId]).toEqual([first.requestId, 'who-asked']);
    expect(await system.ports.vault.open(FOLLOW_UP, 'subject')).toEqual({
      kind: 'user',
      name: 'CORP\\RENE\u0301.FAVRE',
    });
  });

  it('has a login that is a common word anonymized as such again (R15, R21)', async () => {
    const requests = memoryRequestsAt(() => at(1).toISOString(), { ...first, commonWord: true });
    const { ports, scanAt } = await setup(returned, { followUp: 'anonymize' }, { requests });
    await scanAt(1);
    expect(await ports.vault.open(FOLLOW_UP, 'subject')).toMatchObject({ commonWord: true });
    expect(await requests.get(FOLLOW_UP)).toMatchObject({ commonWord: true });
  });

  it.each(['LAB\\René.Favre', 'René.Favre'])(
    'reports %s and does not anonymize it, when the name had no domain: it may be somebody else (C29a, R21)',
    async (name) => {
      const bare = { ...subject, name: 'René.Favre' };
      const system = await setup([{ ...subject, name }], { followUp: 'anonymize' }, {}, bare);

      expect(await system.scanAt(1)).toEqual({ scanned: 1, found: 1 });

      expect([await system.reported(), system.started]).toEqual([['name-came-back'], []]);
      expect([...system.ledger.items.values()]).toMatchObject([{ scans: 1 }]);
    },
  );

  it('lets the follow-up wait for a person where there is no service account', async () => {
    const { ports, scanAt, requests } = await setup(returned, { followUp: 'anonymize' });
    const { serviceAccount: _none, ...alone } = ports;
    await scanAt(1, alone);
    expect((await requests.get(FOLLOW_UP)).state).toBe('AWAITING_LOGIN');
    await scanAt(24, alone); // it waits still: no second one beside it
    await expect(requests.get(FOLLOW_UP.replace('f1', 'f2'))).rejects.toThrow('There is no request');
  });

  it('tries again before long when a follow-up could not be started', async () => {
    const start = vi.fn<Executions['start']>().mockRejectedValueOnce(new Error('down'));
    const executions = { start, stop: async () => {} };
    const system = await setup(returned, { followUp: 'anonymize' }, { executions });
    await system.scanAt(1);
    expect(system.events).toEqual(['name came back', 'request not started', 'follow-up failed']);
    await system.scanAt(1.2);
    expect(start).toHaveBeenCalledTimes(1);
    await system.scanAt(1.25);
    expect(start).toHaveBeenCalledTimes(2);
    expect(await system.reported()).toEqual(['name-came-back']);
  });

  it('tells of each name and tries a bad service account once in a scan', async () => {
    const other: Subject = { kind: 'user', name: 'jdoe@CORP' };
    let tried = 0;
    let password = 'expired';
    const serviceAccount = async () => {
      tried += 1;
      return { username: 'service', password };
    };
    const system = await setup([...returned, other], { followUp: 'anonymize' }, { serviceAccount });
    const { ports, requests } = system;
    await requests.create({ ...first, requestId: 'second' });
    const mac = await plainMacs.of('subject', canonicalSubject(other));
    await ports.ledger.enter({ ...[...system.ledger.items.values()][0]!, mac, requestId: 'second' });
    await system.scanAt(1);
    await system.scanAt(1.25);
    expect(tried).toBe(2);
    expect(system.events).toEqual([
      ...['name came back', 'service account refused', 'name came back'],
      'service account refused',
    ]);
    password = 'right';
    await system.scanAt(1.5);
    expect(system.started).toHaveLength(2);
    for (const requestId of [first.requestId, 'second']) {
      const entries = (await requests.listEvents(requestId)).filter(({ what }) => what === 'name-came-back');
      expect(entries).toMatchObject([{ counts: { scan: 1 } }]);
    }
  });

  it('tells of a name anew once it was entered anew', async () => {
    const system = await setup(returned, { followUp: 'comment' });
    await system.scanAt(1);
    await system.ports.requests.addEvent(first.requestId, { what: 'verified' });
    const [item] = system.ledger.items.values();
    await system.ledger.enter({ ...item!, since: at(2).toISOString(), nextScanAt: at(3).toISOString() });
    await system.scanAt(3);
    expect(await system.reported()).toEqual(['name-came-back', 'verified', 'name-came-back']);
  });

  it('raises an alarm when the Portal cannot be read to its end, and tries again at the next call of the schedule', async () => {
    let isAway = true;
    const portalNames: PortalNames = {
      async *list() {
        if (isAway) throw new PortalDatabaseUnavailableError({ cause: undefined });
        yield [...returned];
      },
    };
    const system = await setup(returned, {}, { portalNames });
    for (const time of [1, 1.25, 1.5])
      await expect(system.scanAt(time)).rejects.toThrow(PortalDatabaseUnavailableError);
    expect(system.events).toEqual(Array(3).fill('sentinel scan failed'));
    isAway = false;
    expect(await system.scanAt(1.75)).toEqual({ scanned: 1, found: 1 });
  });

  it('holds its claims for longer than its function lives, and not until the next call of the schedule', () => {
    const { timeoutSeconds, everyMinutes } = SCHEDULES.scanSentinel;
    expect(CLAIM_MS).toBeGreaterThan(timeoutSeconds * 1000);
    expect(CLAIM_MS).toBeLessThan(everyMinutes * 60_000);
  });

  it('says so when there are more names than it may compare', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ kind: 'user', name: `n${index}` }) as const);
    const system = await setup(many, { namesPerScan: 10 });
    await system.scanAt(1);
    expect(system.events).toEqual(['sentinel scan cut short']);
  });

  it('compares no hash of another key (R15)', async () => {
    const system = await setup(returned, {}, { generation: 'g2' });

    await system.scanAt(1);

    expect(system.asked).toEqual([]);
  });

  it('leaves nothing after its time (R15)', async () => {
    const system = await setup(returned);

    await system.scanAt(97 * 24);

    expect([system.ledger.items.size, system.events]).toEqual([0, []]);
  });

  it('leaves nothing once it is switched off (R15)', async () => {
    const system = await setup(returned);

    await scanSentinel({ ...aPolicy(), sentinel: { ...aSentinel, enabled: false } }, system.ports);

    expect(system.ledger.items.size).toBe(0);
  });

  it('enters no name while it is switched off', async () => {
    const { stated, ledger } = await setup([], { enabled: false });

    expect([stated, ledger.items.size]).toEqual([{ enabled: false }, 0]);
  });
});
