import { describe, expect, it } from 'vitest';
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
  const later = (number: number): Event[] =>
    Array.from({ length: number }, (_, at) => ({ id: 1000 + at, start: `${TODAY}T1${at % 10}:30:00` }));

  it('are not taken for new ones when they are old', async () => {
    const withoutOne = (number: number) => all.filter(({ id }) => id !== 5 + number);
    expect(await run((query, number) => (isOfIds(query) ? all : withoutOne(number)))).toEqual(['INCONSISTENT']);
  });

  it('are no gap when they were recorded since the start of the request', async () => {
    expect(await run((_, number) => [...all, ...later(number)])).toEqual([]);
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
