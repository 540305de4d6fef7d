import { describe, expect, it } from 'vitest';
import { EngineUnavailableError } from '../../../../modules/engines/errors.ts';
import { queriedColumns } from '../../../../modules/engines/nxql.ts';
import type { EngineQuery } from '../../../../modules/engines/ports.ts';
import { scriptedEngine } from '../../../support/fakes.ts';
import { days, type Event, EXECUTIONS, engineWith, setup, TODAY } from '../../../support/scripted-executions.ts';

const isRowless = ({ statement }: EngineQuery) => statement.includes('identifier 0');
const isOfExecutions = (query: EngineQuery) =>
  query.file === EXECUTIONS && query.platform === 'windows' && !isRowless(query);
const isOfIds = ({ statement }: EngineQuery) =>
  statement.includes('((execution (id ') || statement.includes('((connection (id ');

/** What came of an Engine whose answers and ids differ each time. */
async function run(executions: (query: EngineQuery, number: number) => readonly Event[]) {
  let number = 0;
  const engineApi = scriptedEngine((query) =>
    engineWith(isOfExecutions(query) ? executions(query, number++) : [])(query),
  );
  const system = await setup(engineApi, 1_000);
  await system.ask();
  return (await system.missing()).filter(({ file }) => file === EXECUTIONS).map(({ reason }) => reason);
}

describe('other rows that are missing in each answer (R12)', () => {
  const all = days(20, 2);
  /** Rows that come one by one; the Engine is queried at 12:00, for a request of 8:00. */
  const later = (number: number, hour = 12): Event[] =>
    Array.from({ length: number }, (_, at) => ({ id: 1000 + at, start: `${TODAY}T${hour}:${10 + at}:00` }));

  it('are not taken for new ones when they are old', async () => {
    const withoutOne = (number: number) => all.filter(({ id }) => id !== 5 + number);
    expect(await run((query, number) => (isOfIds(query) ? all : withoutOne(number)))).toEqual(['INCONSISTENT']);
  });

  it('are no gap when they were recorded since the first answer was queried', async () => {
    expect(await run((_, number) => [...all, ...later(number)])).toEqual([]);
    expect(await run((_, number) => [...all, ...later(number, 10)])).toContain('INCONSISTENT');
  });

  it('do not hide that known rows are not confirmed', async () => {
    const reasons = await run((query, number) => [...(isOfIds(query) ? all.slice(1) : all), ...later(number)]);
    expect(reasons).toEqual(['UNCONFIRMED']);
  });
});

describe('rows of others in a list of ids (R12)', () => {
  it.each([
    ['once: they may be a passing fault', 1, []],
    ['always: they are named', 99, ['FOREIGN_ROWS']],
  ])('%s', async (_, faults, reasons) => {
    let listed = 0;
    const others = days(20, 1).map((event) => ({ ...event, id: 1000 + event.id, user: '8' }));
    const all = days(20, 2);
    expect(await run((query) => (isOfIds(query) && listed++ < faults ? [...all, ...others] : all))).toEqual(reasons);
  });
});

describe('a confirmation that breaks off (R12)', () => {
  it('loses no query that takes the place of a short answer', async () => {
    let [isShort, isBroken] = [true, true];
    const others = engineWith([]);
    const ids: Readonly<Record<string, string>> = { windows: '7', mac_os: '8' };
    const engineApi = scriptedEngine((query) => {
      const { statement, platform, also = [], file } = query;
      const [, id = ''] = /identifier (\d+)/.exec(statement) ?? [];
      if (statement.includes('(eq name')) {
        const found = [platform, ...also].flatMap((each) => (ids[each] ? [`${ids[each]}\tjdoe\n`] : []));
        return `id\tname\n${found.join('')}`;
      }
      if (file === 'engines/user.csv' && statement.includes('(select (*')) return `id\tname\n${id}\tjdoe\n`;
      if (file !== EXECUTIONS || isRowless(query)) return others(query);
      const rows = days(3, 1).map((event) => `${id}${event.id}\t${event.start}\t${id}\tjdoe\n`);
      if (isOfIds(query) && id === '8' && isBroken) {
        isBroken = false;
        return new EngineUnavailableError('e');
      }
      if (!isOfIds(query) && id === '7' && isShort) {
        isShort = false;
        rows.pop();
      }
      return `execution/id\texecution/start_time\tuser/id\tuser/name\n${rows.join('')}`;
    });
    const system = await setup(engineApi);

    await expect(system.ask()).rejects.toThrow(EngineUnavailableError);
    expect(await system.ask()).toEqual({ more: false });

    expect((await system.csv(EXECUTIONS)).map(([, , id]) => id).sort()).toEqual(['71', '72', '73', '81', '82', '83']);
  });

  it('does not count as a short answer: one that is short later is queried again', async () => {
    const LAST = 'engines/devices_last_logged_on.csv';
    let [asked, listed] = [0, 0];
    const others = engineWith([]);
    const engineApi = scriptedEngine((query) => {
      if (query.file !== LAST || query.platform !== 'windows') return others(query);
      const isList = query.statement.startsWith('(select (id) ');
      if (isList && listed++ === 0) return new EngineUnavailableError('e');
      const rows = !isList && asked++ === 1 ? 2 : 3;
      return `id\tlast_logged_on_user\n${Array.from({ length: rows }, (_, id) => `${id}\tjdoe\n`).join('')}`;
    });
    const system = await setup(engineApi);

    await expect(system.ask()).rejects.toThrow(EngineUnavailableError);
    expect(await system.ask()).toEqual({ more: false });

    expect(await system.csv(LAST)).toHaveLength(3);
    expect((await system.missing()).filter(({ file }) => file === LAST)).toEqual([]);
  });
});

describe('rows without ids (R12)', () => {
  it('have a note that nothing can confirm them', async () => {
    const executions = engineWith(days(20, 2));
    const withoutId = ({ statement }: EngineQuery) => {
      const queried = queriedColumns(statement).filter((column) => !/^execution.(id|[*])$/.test(column));
      const columns = queried.map((column) => column.replace('*', 'id'));
      const cells: Record<string, string> = {
        'user/id': '7',
        'user/name': 'jdoe',
        'execution/start_time': `${TODAY}T08:00:00`,
      };
      return Buffer.from(`${columns.join('\t')}\n${columns.map((column) => cells[column] ?? '1').join('\t')}\n`);
    };
    const system = await setup(
      scriptedEngine((query) => (isOfExecutions(query) ? withoutId(query) : executions(query))),
      1_000,
    );
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(1);
    expect((await system.missing()).filter(({ file }) => file === EXECUTIONS)).toEqual([
      { file: EXECUTIONS, platform: 'windows', reason: 'UNCONFIRMED' },
    ]);
  });
});

describe('a table whose answers stay short', () => {
  it.each([
    ['executions', 'connections'],
    ['connections', 'executions'],
  ])('does not lower the limit of others: %s of 3 rows beside 40 %s', async (short, long) => {
    const executions = engineWith(days(20, 2));
    const asExecutions = (text: string) => text.replaceAll('connection', 'execution');
    const engineApi = scriptedEngine((query) => {
      const table = query.file.slice('engines/'.length, -'.csv'.length);
      if (query.platform !== 'windows' || isRowless(query) || ![short, long].includes(table)) return executions(query);
      const answer = executions({ ...query, file: EXECUTIONS, statement: asExecutions(query.statement) }) as string;
      const given = table === short && !isOfIds(query) ? answer.split('\n').slice(0, 4).concat('').join('\n') : answer;
      return table === 'connections' ? given.replaceAll('execution/', 'connection/') : given;
    });
    const system = await setup(engineApi, 1_000);
    await system.ask();
    const asked = engineApi.asked.filter(
      (query) => query.file === `engines/${long}.csv` && query.platform === 'windows' && !isRowless(query),
    );
    expect(asked.length).toBeLessThan(8);
    expect(await system.csv(long === 'executions' ? EXECUTIONS : 'engines/connections.engine-1-uid.csv')).toHaveLength(
      40,
    );
    expect((await system.missing()).filter(({ file }) => file.includes(short)).length).toBeGreaterThan(0);
  });
});
