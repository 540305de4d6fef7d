import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../../local/simulator/simulator.ts';
import { rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { EngineQueryRejectedError } from '../../../../modules/engines/errors.ts';
import { TABLES_STATEMENT } from '../../../../modules/engines/nxql.ts';
import { treatmentOf } from '../../../../modules/engines/retrieval/masked-engine.ts';
import { ENGINE_TABLES } from '../../../../modules/engines/tables/tables.ts';
import { runEngines } from '../../../support/engine-run.ts';
import { scriptedEngine } from '../../../support/fakes.ts';
import { EXECUTIONS, engineWith, setup } from '../../../support/scripted-executions.ts';
import { accountsOf } from '../../../support/truth.ts';

const NOW = new Date('2026-11-23T15:30:00Z');
const now = () => NOW;

describe('tables that only the Engine knows (R9, R12)', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ engines: 2, rows: 300, now: NOW, faults: ['engine-1=unknown-table'] });
  });
  afterAll(() => simulator.stop());

  it('are retrieved as they are when they are about the user, and in no other case (C15)', async () => {
    const subject = { kind: 'user', name: simulator.users[0]! } as const;
    const run = await runEngines(simulator, { subject, now });
    const held = [...rawRows(simulator.world.engines[0]!, 'remote_session', 'windows')];
    const rows = run.rows.get('remote_session')!;

    expect(held.length).toBeGreaterThan(5);
    expect(rows.length).toBeGreaterThan(5);
    expect(new Set(rows.map((row) => row['user/name']))).toEqual(new Set([subject.name]));
    expect(rows.every((row) => row.engine === 'engine-1' && row['remote_session/gateway'] !== undefined)).toBe(true);
    expect([...run.rows.keys()].filter((file) => /sensor|gateway/.test(file))).toEqual([]);
    expect(run.missing).toEqual([]);
    expect(run.progress.map(({ state, gaps = 0 }) => [state, gaps])).toEqual(Array(2).fill(['DONE', 0]));
  });

  it('are retrieved when they are about the device', async () => {
    const run = await runEngines(simulator, { subject: { kind: 'device', name: simulator.devices[0]! }, now });

    expect(run.rows.get('sensor_reading')!.length).toBeGreaterThan(5);
    expect(run.rows.get('remote_session')!.length).toBeGreaterThan(5);
    expect([...run.rows.keys()]).not.toContain('gateway_check');
  });

  it('are hidden where names of others are masked, but for what means the same in each table', () => {
    const treatments = ['remote_session/gateway', 'remote_session/start_time', 'user/name', 'device/name'].map(
      (column) => treatmentOf('engines/remote_session.engine-1.csv', column, 'device'),
    );
    expect(treatments).toEqual(['hide', 'keep', 'name', 'keep']);
  });

  it.each([
    ['rows instead of a page', () => 'id\tname\n'],
    ['names that are no tables', () => new EngineQueryRejectedError('e', 'f', ['name', 'full_name'])],
  ])('are not known where the Engine answers with %s: a note says so', async (_, answer) => {
    const others = engineWith([]);
    const system = await setup({
      query: (engine, login, query) =>
        scriptedEngine((one) => (query.statement === TABLES_STATEMENT ? answer() : others(one))).query(
          engine,
          login,
          query.statement === TABLES_STATEMENT ? { ...query, statement: '' } : query,
        ),
    });
    await system.ask();
    expect(await system.missing()).toEqual([
      { file: 'engines/user.csv', platform: 'windows', reason: 'TABLES_UNKNOWN' },
    ]);
    expect(await system.csv(EXECUTIONS)).toEqual([]);
  });

  it.each([
    ['whole', [8], []],
    ['short once', [5, 8], []],
    ['always short', [5, 5], ['INCONSISTENT']],
  ])('have their ids confirmed even without a time: an answer that is %s', async (_, came, reasons) => {
    let asked = 0; // the first time only the header counts: it is not agreed
    const others = engineWith([]);
    const answer = (statement: string) => {
      const rows = statement.includes('identifier 0')
        ? 0
        : statement.includes('(asset_note (*))')
          ? came[Math.max(0, asked++ - 1)]!
          : 8;
      return `asset_note/id\tuser/id\n${Array.from({ length: rows }, (_, id) => `${id}\t7\n`).join('')}`;
    };
    const system = await setup({
      query: (engine, login, query) =>
        scriptedEngine((one) => {
          if (query.statement === TABLES_STATEMENT)
            return new EngineQueryRejectedError('e', 'f', [...Object.keys(ENGINE_TABLES), 'asset_note']);
          return one.statement.includes('asset_note') ? answer(one.statement) : others(one);
        }).query(engine, login, { ...query, statement: query.statement === TABLES_STATEMENT ? '' : query.statement }),
    });
    await system.ask();
    const file = 'engines/asset_note.engine-1-uid.csv';
    expect((await system.csv(file)).length).toBe(came.at(-1));
    expect((await system.missing()).filter((gap) => gap.file === file).map(({ reason }) => reason)).toEqual(reasons);
  });

  it('that cannot be tried are named as missing', async () => {
    const many = Array.from({ length: 31 }, (_, number) => `new_table_${number}`);
    const others = engineWith([]);
    const system = await setup({
      query: (engine, login, query) =>
        scriptedEngine((one) => {
          if (query.statement === TABLES_STATEMENT) {
            return new EngineQueryRejectedError('e', 'f', [...Object.keys(ENGINE_TABLES), ...many, 'a b', '../x']);
          }
          return query.statement.includes('new_table') ? new EngineQueryRejectedError('e', 'f', []) : others(one);
        }).query(engine, login, { ...query, statement: query.statement === TABLES_STATEMENT ? '' : query.statement }),
    });
    await system.ask();
    expect(await system.missing()).toEqual([
      { file: 'engines/user.csv', reason: 'TABLE_NOT_QUERIED' },
      { file: 'engines/new_table_30.csv', platform: 'windows', reason: 'TABLE_NOT_QUERIED' },
    ]);
  });

  /** Rows of `new_table` by platform, from an Engine that lists it on some, and refuses it so often there, too. */
  async function askNewTable(listedOn: readonly string[], refusals: number, name = 'new_table') {
    const others = engineWith([]);
    let refused = 0;
    const system = await setup({
      query: (engine, login, query) =>
        scriptedEngine((one) => {
          const isListed = listedOn.includes(query.platform);
          if (query.statement === TABLES_STATEMENT)
            return new EngineQueryRejectedError('e', 'f', [...Object.keys(ENGINE_TABLES), ...(isListed ? [name] : [])]);
          if (one.statement.includes('(eq name')) return 'id\tname\n7\tjdoe\n'; // on both platforms
          if (!one.statement.includes(`(${name} (`)) return others(one);
          if (!isListed || refused++ < refusals) return new EngineQueryRejectedError('e', 'f');
          return `${name}/id\tuser/id\n${one.statement.includes('identifier 0') ? '' : '1\t7\n2\t7\n'}`;
        }).query(engine, login, { ...query, statement: query.statement === TABLES_STATEMENT ? '' : query.statement }),
    });
    await system.ask();
    const rows = await system.csv(`engines/${name}.engine-1-uid.csv`);
    return { rows: rows.map(([, platform]) => platform), missing: await system.missing() };
  }

  it.each([[['windows']], [['mac_os']], [['windows', 'mac_os']]])(
    'are retrieved where they are listed: on %s (C15)',
    async (on) => {
      expect(await askNewTable(on, 0)).toEqual({ rows: on.flatMap((each) => [each, each]), missing: [] });
    },
  );

  it('are retrieved though both statements about them are refused once: it may be a passing fault (C15)', async () => {
    expect((await askNewTable(['windows'], 2)).rows).toEqual(['windows', 'windows']);
  });

  it.each(['WebRequest', 'web-request', 'web.request', 'executions'])(
    'are named where their name cannot be queried, or is that of another file: %s (C15)',
    async (name) => {
      const { missing } = await askNewTable(['mac_os'], 0, name);
      expect(missing).toEqual([{ file: 'engines/user.csv', reason: 'TABLE_NOT_QUERIED' }]);
    },
  );
});

describe('devices that name the user without any activity (R9)', () => {
  it('are found, phones too (C10)', async () => {
    const simulator = await startSimulator({ engines: 1, rows: 50, now: NOW });
    try {
      const [engine] = simulator.world.engines;
      const lastOf = (platform: 'windows' | 'mac_os' | 'mobile') =>
        [...rawRows(engine!, 'device', platform)].map(({ cells }) => cells.last_logged_on_user ?? '-');
      const name = lastOf('mobile').find((user) => user !== '-')!;
      const run = await runEngines(simulator, { subject: { kind: 'user', name }, now });

      const phones = run.rows.get('devices_last_logged_on')!.filter(({ platform }) => platform === 'mobile');
      expect(phones.length).toBe(lastOf('mobile').filter((user) => user === name).length);
      const administered = (['windows', 'mac_os', 'mobile'] as const).flatMap((platform) =>
        [...rawRows(engine!, 'device', platform)].flatMap(({ cells }) =>
          ['local_administrators', 'local_power_users'].flatMap((list) => accountsOf(cells[list] ?? '', name)),
        ),
      );
      expect(run.rows.get('devices_local_admin')!.length).toBe(administered.length);
      expect(administered.length).toBeGreaterThan(0);
    } finally {
      await simulator.stop();
    }
  });
});
