import { constants, inflateRawSync } from 'node:zlib';
import { addDays } from '../../modules/common/day-window.ts';
import { EngineQueryRejectedError } from '../../modules/engines/errors.ts';
import type { EngineApi, EngineQuery } from '../../modules/engines/ports.ts';
import { queryEngine } from '../../modules/engines/query-engine.ts';
import { parseCsv } from './csv.ts';
import {
  aFrame,
  anEngine,
  aRequest,
  memoryHeaders,
  memoryLeases,
  memoryParts,
  memoryRequests,
  memoryVault,
  silentLog,
} from './fakes.ts';

/** The day on which the scripted Engine is asked. */
export const TODAY = '2026-11-23';
/** The one Engine of such a setup. */
export const engine = anEngine('engine-1');
export const requestId = aRequest().requestId;
export const EXECUTIONS = 'engines/executions.csv';
const header = ['execution/id', 'execution/start_time', 'user/id'];
const LINKS = ['user/name', 'device/id', 'device/name', 'binary/id', 'executable/id', 'application/id'];

/** Evaluates `(between ...)` of a statement to dates, so that the scripted Engine can cut its rows. */
export function spanOf(statement: string): { from: string; to: string } {
  const [, from, to] = /\(between (\S+) ([^\s)]+)\)/.exec(statement)!;
  const day = (word: string) =>
    word === 'now' ? addDays(TODAY, 1) : addDays(TODAY, -Number(/\d+/.exec(word)?.[0] ?? 0));
  return { from: day(from!), to: day(to!) };
}

/** An execution. */
export interface Event {
  readonly id: number;
  readonly start: string;
  readonly end?: string;
  readonly user?: string;
}

/** An Engine with executions of user 7; everything else is empty. Events that overlap a window are in it. */
export const engineWith =
  (events: readonly Event[], cap = Number.POSITIVE_INFINITY) =>
  (query: EngineQuery) => {
    const { statement, file } = query;
    if (statement.includes('(eq name')) return query.platform === 'windows' ? 'id\tname\n7\tjdoe\n' : 'id\tname\n';
    if (statement.includes('#""')) return new EngineQueryRejectedError('e', file, ['#Site']);
    if (file === 'engines/user.csv' && statement.includes('(select (*)')) return 'id\tname\n7\tjdoe\n';
    if (file === 'engines/user.csv' && statement.includes('(select (* ')) return 'id\tname\t#Site\n7\tjdoe\tBasel\n';
    if (file === 'engines/user_dynamic_fields.csv') return 'id\tname\t#Site\n7\tjdoe\tBasel\n';
    if (statement.includes('(with ') || statement.includes('last_logged_on_user')) return 'id\tname\n';
    if (statement.includes('sid') || statement.includes('full_name')) return 'id\tsid\tfull_name\n7\t-\t-\n';
    if (file !== EXECUTIONS) return 'user/id\n';
    const { from, to } = spanOf(query.statement);
    const limit = Number(/\(limit (\d+)\)/.exec(query.statement)![1]);
    const rows = events
      .filter(({ start, end = start }) => start < to && end >= from)
      .sort((a, b) => (a.start < b.start ? -1 : 1) * (statement.includes(' desc') ? -1 : 1))
      .slice(0, Math.min(limit, cap))
      .map(({ id, start, user = '7' }) => `${id}\t${start}\t${user}\n`);
    return `${header.join('\t')}\n${rows.join('')}`;
  };

/** `Query Engine` with stores in memory; `ask` is one invocation, `csv` and `missing` what was committed. */
export async function setup(engineApi: EngineApi, rowLimit = 10) {
  const parts = memoryParts();
  const vault = memoryVault();
  const requests = memoryRequests(aRequest({ state: 'RUNNING' }));
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  await vault.seal(requestId, 'login', { username: 'op', password: 'secret' }, new Date());
  const files = [
    { file: 'engines/user.csv', columns: ['engine', 'platform', 'id', 'name', '#Site'] },
    { file: 'engines/user_dynamic_fields.csv', columns: ['engine', 'platform', 'id', 'name', 'field', 'value'] },
    { file: EXECUTIONS, columns: ['engine', 'platform', ...header, 'mac_only', ...LINKS] },
  ];
  await parts.putFrame(requestId, 1, aFrame({ engines: [engine], files }));
  const ports = {
    requests,
    vault,
    parts,
    engineApi,
    headers: memoryHeaders(),
    leases: memoryLeases(),
    log: silentLog,
    clock: { now: () => new Date(`${TODAY}T12:00:00Z`) },
    limits: { daysBack: 30, rowLimit, confirmRows: 5, deflateLevel: 6 },
  };
  const ask = (mayStart: () => boolean = () => true) =>
    queryEngine({ requestId, attempt: 1, engineId: engine.engineId }, ports, mayStart);
  const bytes = async (file: string) => {
    const indexes = await parts.listIndexes(requestId, 1);
    const fragments = indexes.flatMap(({ fragments }) => fragments).filter((fragment) => fragment.file === file);
    const raw = fragments.map(({ partKey, offset, deflateBytes }) => {
      const bytes = parts.objects.get(partKey)!.subarray(offset, offset + deflateBytes);
      return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    });
    return Buffer.concat(raw);
  };
  const csv = async (file: string) => parseCsv((await bytes(file)).toString());
  const missing = async () => (await parts.listIndexes(requestId, 1)).flatMap(({ missing }) => missing);
  return { ...ports, ask, bytes, csv, missing };
}

/** A number of executions on each of a number of days, the newest first. */
export const days = (count: number, perDay: number): Event[] =>
  Array.from({ length: count * perDay }, (_, i) => ({
    id: i + 1,
    start: `${addDays(TODAY, -Math.floor(i / perDay))}T0${i % 10}:00:00`,
  }));
