import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  EngineAnswerError,
  EngineQueryRejectedError,
  EngineUnavailableError,
  RequestCancelledError,
} from '../../../core/errors.ts';
import type { EngineApi, EngineQuery } from '../../../core/ports.ts';
import { queryEngine } from '../../../core/steps/query-engine.ts';
import { addDays } from '../../../core/windows.ts';
import { parseCsv } from '../../support/csv.ts';
import {
  anEngine,
  aPlan,
  aRequest,
  memoryParts,
  memoryRequests,
  memoryVault,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';

const TODAY = '2026-11-23';
const engine = anEngine('engine-1');
const requestId = aRequest().requestId;
const EXECUTIONS = 'engines/executions.csv';
const header = ['execution/id', 'execution/start_time', 'user/id'];

/** Evaluates `(between ...)` of a statement to dates, so that the scripted Engine can cut its rows. */
function spanOf(statement: string): { from: string; to: string } {
  const [, from, to] = /\(between (\S+) ([^\s)]+)\)/.exec(statement)!;
  const day = (word: string) =>
    word === 'now' ? addDays(TODAY, 1) : addDays(TODAY, -Number(/\d+/.exec(word)?.[0] ?? 0));
  return { from: day(from!), to: day(to!) };
}

interface Event {
  readonly id: number;
  readonly start: string;
  readonly end?: string;
  readonly user?: string;
}

/** An Engine with executions of user 7; everything else is empty. Events that overlap a window are in it. */
const engineWith = (events: readonly Event[]) => (query: EngineQuery) => {
  if (query.statement.includes('(eq name')) return query.platform === 'windows' ? 'id\tname\n7\tjdoe\n' : 'id\tname\n';
  if (query.file !== EXECUTIONS) return query.file === 'engines/user.csv' ? 'id\tname\n7\tjdoe\n' : 'user/id\n';
  const { from, to } = spanOf(query.statement);
  const limit = Number(/\(limit (\d+)\)/.exec(query.statement)![1]);
  const rows = events
    .filter(({ start, end = start }) => start < to && end >= from)
    .slice(0, limit)
    .map(({ id, start, user = '7' }) => `${id}\t${start}\t${user}\n`);
  return `${header.join('\t')}\n${rows.join('')}`;
};

async function world(engineApi: EngineApi, rowLimit = 10) {
  const parts = memoryParts();
  const vault = memoryVault();
  const requests = memoryRequests(aRequest({ state: 'RUNNING' }));
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  await vault.seal(requestId, 'login', { username: 'op', password: 'secret' }, new Date());
  const files = [
    { file: 'engines/user.csv', columns: ['engine', 'platform', 'id', 'name'] },
    { file: EXECUTIONS, columns: ['engine', 'platform', ...header, 'mac_only'] },
  ];
  await parts.putPlan(requestId, 1, aPlan({ engines: [engine], files }));
  const ports = {
    requests,
    vault,
    parts,
    engineApi,
    log: silentLog,
    clock: { now: () => new Date(`${TODAY}T12:00:00Z`) },
    limits: { daysBack: 30, rowLimit, deflateLevel: 6 },
  };
  const ask = (mayStart: () => boolean = () => true) =>
    queryEngine({ requestId, attempt: 1, engineId: engine.engineId }, ports, mayStart);
  const csv = async (file: string) => {
    const indexes = await parts.listIndexes(requestId, 1);
    const fragments = indexes.flatMap(({ fragments }) => fragments).filter((fragment) => fragment.file === file);
    const raw = fragments.map(({ partKey, offset, deflateBytes }) => {
      const bytes = parts.objects.get(partKey)!.subarray(offset, offset + deflateBytes);
      return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    });
    return parseCsv(raw.join(''));
  };
  const missing = async () => (await parts.listIndexes(requestId, 1)).flatMap(({ missing }) => missing);
  return { ...ports, ask, csv, missing };
}

const days = (count: number, perDay: number): Event[] =>
  Array.from({ length: count * perDay }, (_, i) => ({
    id: i + 1,
    start: `${addDays(TODAY, -Math.floor(i / perDay))}T0${i % 10}:00:00`,
  }));

describe('queryEngine', () => {
  it('brings every event once, though windows are cut and overlap (R9, R12)', async () => {
    const across = { id: 900, start: `${addDays(TODAY, -4)}T23:00:00`, end: `${addDays(TODAY, -3)}T01:00:00` };
    const before = { id: 901, start: `${addDays(TODAY, -31)}T23:00:00`, end: `${addDays(TODAY, -30)}T01:00:00` };
    const events = [...days(20, 4), across, before];
    const system = await world(scriptedEngine(engineWith(events)));

    expect(await system.ask()).toEqual({ more: false });

    const ids = (await system.csv(EXECUTIONS)).map((row) => Number(row[2])).sort((a, b) => a - b);
    expect(ids).toEqual(events.map(({ id }) => id).sort((a, b) => a - b));
    expect(await system.missing()).toEqual([]);
  });

  it('asks a day that is too full again with more room', async () => {
    const system = await world(scriptedEngine(engineWith(days(1, 35))));
    await system.ask();
    expect(await system.csv(EXECUTIONS)).toHaveLength(35);
  });

  it('goes on from its checkpoint, and gives the same rows as a run that was not cut', async () => {
    const whole = await world(scriptedEngine(engineWith(days(20, 4))));
    await whole.ask();
    const cut = await world(scriptedEngine(engineWith(days(20, 4))));
    let calls = 0;
    for (let more = true; more; calls++) {
      let queries = 0;
      ({ more } = await cut.ask(() => queries++ < 2));
    }

    expect(calls).toBeGreaterThan(5);
    expect(await cut.csv(EXECUTIONS)).toEqual(await whole.csv(EXECUTIONS));
  });

  it('does nothing when a call is repeated after the end', async () => {
    const engineApi = scriptedEngine(engineWith(days(1, 1)));
    const system = await world(engineApi);
    await system.ask();
    const asked = engineApi.asked.length;
    expect(await system.ask()).toEqual({ more: false });
    expect(engineApi.asked).toHaveLength(asked);
  });

  it('drops rows of another subject and says so', async () => {
    const events = [...days(1, 2), { id: 99, start: `${TODAY}T05:00:00`, user: '8' }];
    const system = await world(scriptedEngine(engineWith(events)));
    await system.ask();
    expect((await system.csv(EXECUTIONS)).map((row) => row[2])).toEqual(['1', '2']);
    expect(await system.missing()).toMatchObject([{ file: EXECUTIONS, reason: 'FOREIGN_ROWS' }]);
  });

  it('ends EMPTY, not DONE, on an Engine that does not know the name (R12)', async () => {
    const system = await world(scriptedEngine(() => 'id\tname\n'));
    await system.ask();
    expect(await system.requests.listProgress(requestId)).toMatchObject([{ state: 'EMPTY', rows: 0 }]);
  });

  it('never takes a near name for the name', async () => {
    const engineApi = scriptedEngine(() => 'id\tname\n8\tjdoe2\n9\tJDOE\n');
    const system = await world(engineApi);
    await system.ask();
    expect(engineApi.asked).toHaveLength(2);
  });

  it('notes a table that this version lacks and goes on', async () => {
    const answer = engineWith(days(1, 1));
    const system = await world(
      scriptedEngine((query) =>
        query.file === 'engines/print_jobs.csv'
          ? new EngineQueryRejectedError(engine.engineId, query.file)
          : answer(query),
      ),
    );
    await system.ask();
    expect(await system.missing()).toMatchObject([
      { file: 'engines/print_jobs.csv', reason: 'EngineQueryRejectedError' },
    ]);
    expect(await system.csv(EXECUTIONS)).toHaveLength(1);
  });

  it('puts columns that only this Engine has into a file of its own, and drops none (D5)', async () => {
    const answer = engineWith(days(1, 1));
    const system = await world(
      scriptedEngine((query) => {
        const text = answer(query);
        if (query.file !== 'engines/user.csv' || query.statement.includes('(eq name')) return text;
        return query.statement.includes('(identifier 7)') ? 'id\tname\textra\n7\tjdoe\tmore\n' : 'id\tname\textra\n';
      }),
    );
    await system.ask();
    expect(await system.csv(`engines/user.${engine.engineId}.csv`)).toEqual([
      ['engine-1', 'windows', '7', 'jdoe', 'more'],
    ]);
  });

  it('commits nothing when the Engine breaks off', async () => {
    const answer = engineWith(days(1, 1));
    const system = await world(
      scriptedEngine((query) => (query.file === EXECUTIONS ? new EngineUnavailableError('e') : answer(query))),
    );
    await expect(system.ask()).rejects.toThrow(EngineUnavailableError);
    expect(await system.parts.listIndexes(requestId, 1)).toEqual([]);
    expect(system.parts.objects.size).toBe(0);
  });

  it('refuses a record that does not fit the header', async () => {
    const system = await world(
      scriptedEngine((query) => (query.file === 'engines/user.csv' ? 'id\tname\n7\tjdoe\n1\t2\t3\n' : 'id\tname\n')),
    );
    await expect(system.ask()).rejects.toThrow(EngineAnswerError);
  });

  it('commits nothing once the Request is cancelled (R7)', async () => {
    const system = await world(scriptedEngine(engineWith(days(1, 1))));
    await system.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
    await expect(system.ask()).rejects.toThrow(RequestCancelledError);
    expect(system.parts.objects.size).toBe(0);
  });
});
