import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { EngineQueryRejectedError } from '../../../modules/engines/errors.ts';
import { clearTraffic, measureRedirection, type RedirectionView } from '../../../modules/engines/redirection.ts';
import { apisOf, visitPorts } from '../../support/engine-run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const CHANGE = new Date('2026-11-23T02:30:00Z');

describe('measureRedirection (R29)', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;
  let view: RedirectionView;
  let kept: RedirectionView | undefined;

  beforeAll(async () => {
    simulator = await startSimulator({ engines: 5, rows: 2000, seed: 2, now: NOW, faults: ['engine-5=down'] });
    outside = apisOf(simulator);
    const [, hashed, absent, changing] = simulator.engines;
    hashed!.changeArrival('hashed');
    absent!.changeArrival('absent');
    changing!.changeArrival('hashed', CHANGE);
    view = await measure();
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });

  const measure = (now = NOW) =>
    measureRedirection(
      simulator.login,
      { account: { whenUnproved: 'refuse' } },
      {
        ...visitPorts(outside, () => now),
        lastRedirection: {
          async put(measured) {
            kept = measured;
          },
        },
      },
    );
  const on = (engine: string) => view.engines.find(({ name }) => name === engine)!;
  const formsOn = (engine: string) => Object.fromEntries(on(engine).arriving.map(({ names, now }) => [names, now]));
  const all = (form: string) => ({ users: form, devices: form, domains: form, urls: form });

  it('tells clear, hashed and absent names of users, devices, domains and URLs apart', () => {
    expect(formsOn('engine-1')).toEqual(all('clear'));
    expect(formsOn('engine-2')).toEqual(all('hashed'));
    expect(formsOn('engine-3')).toEqual(all('absent'));
  });

  it('shows both forms of an Engine that changes over, and when that was, by its own clock', () => {
    expect(formsOn('engine-4')).toEqual(all('hashed'));
    for (const { names, changedAt, forms } of on('engine-4').arriving) {
      expect(forms.map(({ form }) => form)).toEqual(['hashed', 'clear']);
      expect([changedAt, forms[1]!.until < forms[0]!.since]).toEqual([forms[0]!.since, true]);
      // 02:30 UTC in Asia/Kolkata; of URLs the first request after it
      if (names === 'urls') expect(changedAt! >= '2026-11-23T08:00:00').toBe(true);
      else expect(changedAt).toBe('2026-11-23T08:00:00');
    }
  });

  it('names an Engine that could not be asked, and says nothing of it', () => {
    expect(on('engine-5')).toMatchObject({ reason: 'EngineUnavailableError', arriving: [] });
  });

  it('says what to switch on, where, and how to see that it worked; it is kept without a name', () => {
    expect(view.advice).toMatchObject(
      [/nxredirect/, /AnonymizeUserName/, /Measure again/].map((text) => expect.stringMatching(text)),
    );
    expect(kept).toEqual(view);
    const text = JSON.stringify(view);
    for (const name of [...simulator.users, ...simulator.devices]) expect(text).not.toContain(name);
    expect(clearTraffic('user', view)).toEqual({
      unknown: 1,
      line: 'clear names of users still arrived on 2026-11-23; not known of 1 of 5 Engines',
      places: ['engine-1'],
    });
  });

  it('counts clear names as arriving as long as some Collectors send them', async () => {
    const [, , , changing] = simulator.engines;
    changing!.editDevice(simulator.devices[0]!, { last_seen: NOW.getTime() - 60_000 });
    const mixed = (await measure()).engines[3]!.arriving.find(({ names }) => names === 'devices')!;

    expect(mixed).toMatchObject({ now: 'clear', changedAt: '2026-11-23T08:00:00' });
  });

  it('does not take silence for names that arrive no more: the newest row of a kind may be of Friday (R12)', async () => {
    const later = new Date(NOW.getTime() + 2 * 86_400_000);
    const [first] = simulator.engines;
    first!.editDevice(simulator.devices[0]!, { last_seen: later.getTime() - 60_000 });
    const { arriving } = (await measure(later)).engines[0]!;

    expect(arriving.map(({ names, now }) => [names, now])).toEqual([
      ['devices', 'clear'],
      ['users', 'unknown'],
      ['domains', 'unknown'],
      ['urls', 'unknown'],
    ]);
  });

  it('takes an Engine without any device for one at which no name arrives (R12)', async () => {
    const [, second] = simulator.engines;
    second!.setFault('header-alone'); // as an Engine answers that has no object at all
    const { arriving } = (await measure()).engines[1]!;
    second!.setFault(undefined);

    expect(arriving.map(({ now, forms }) => [now, forms])).toEqual(Array.from({ length: 4 }, () => ['absent', []]));
  });

  it('queries Windows alone on an Engine that refuses several platforms', async () => {
    const { engineApi } = outside;
    const query: typeof engineApi.query = async (engine, login, asked, signal) => {
      if (asked.also) throw new EngineQueryRejectedError(engine.engineId, asked.file);
      return engineApi.query(engine, login, asked, signal);
    };
    outside = { ...outside, engineApi: { ...engineApi, query } };
    const { arriving } = (await measure()).engines[0]!;
    outside = { ...outside, engineApi };

    expect(arriving.map(({ now }) => now)).toEqual(['clear', 'clear', 'clear', 'clear']);
  });

  it('says that it does not know where no device was seen lately', async () => {
    const [first] = simulator.engines;
    for (const device of simulator.devices) first!.editDevice(device, { last_seen: NOW.getTime() - 3 * 86_400_000 });

    const { arriving } = (await measure()).engines[0]!;
    expect(arriving.find(({ names }) => names === 'devices')).toMatchObject({
      now: 'unknown',
      forms: [{ form: 'clear' }],
    });
  });
});

describe('measureRedirection, where names change back (R29)', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;

  beforeAll(async () => {
    simulator = await startSimulator({ engines: 1, rows: 400, now: NOW });
    outside = apisOf(simulator);
    simulator.engines[0]!.changeArrival('hashed');
    simulator.engines[0]!.changeArrival('clear', CHANGE);
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });

  const arriving = async (now: Date) => {
    const ports = { ...visitPorts(outside, () => now), lastRedirection: { put: async () => {} } };
    const policy = { account: { whenUnproved: 'refuse' } } as const;
    return (await measureRedirection(simulator.login, policy, ports)).engines[0]!.arriving;
  };

  it('dates it by the first clear name, or by the last hash where the clear name is an old one', async () => {
    const [devices] = await arriving(NOW);
    expect(devices!.forms.map(({ form }) => form)).toEqual(['clear', 'hashed']);
    expect(devices!.forms[1]!.until < devices!.forms[0]!.since).toBe(true);
    expect([devices!.now, devices!.changedAt]).toEqual(['clear', devices!.forms[0]!.since]);

    const names = simulator.world.engines[0]!.objects.get('device')!.rows.map(({ cells }) => String(cells.get('name')));
    const later = new Date(NOW.getTime() + 2 * 86_400_000);
    const known = { first_seen: CHANGE.getTime() - 900 * 86_400_000, last_seen: later.getTime() - 60_000 };
    simulator.engines[0]!.editDevice(names.find((name) => name.startsWith('name-'))!, known);
    const [old] = await arriving(later);
    expect([old!.now, old!.changedAt]).toEqual(['clear', old!.forms[1]!.until]);
  });

  it('takes a GUID for a name: a host or an account may be called so', async () => {
    simulator.engines[0]!.changeArrival('guid');

    expect((await arriving(NOW)).map(({ forms }) => forms.map(({ form }) => form))).toEqual(
      Array.from({ length: 4 }, () => ['clear']),
    );
  });
});
