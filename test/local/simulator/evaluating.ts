import { evaluate } from '../../../local/simulator/nxql/evaluator.ts';
import type { Scope } from '../../../local/simulator/nxql/scope.ts';
import { readStatement, type Select } from '../../../local/simulator/nxql/statement.ts';
import { writeAnswer } from '../../../local/simulator/servers/formats.ts';
import type { Platform } from '../../../local/simulator/world/people.ts';
import { type RawRow, rawRows } from '../../../local/simulator/world/raw-rows.ts';
import { buildWorld } from '../../../local/simulator/world/world.ts';
import { readTsv } from './support.ts';

export const NOW = new Date('2026-11-23T10:20:30Z');
export const DAY = 86_400_000;
export const engine = buildWorld({ engines: 2, rows: 3000, seed: 5, now: NOW }).engines[1]!;
export const midnight = engine.zone.midnight(NOW.getTime());

export function readSelect(query: string): Select {
  const statement = readStatement(query);
  if (statement.verb !== 'select') throw new Error('that is no select');
  return statement;
}

export function run(query: string, scope: Partial<Scope> = {}): { header: string[]; rows: string[][] } {
  const whole: Scope = { engine, platforms: ['windows'], now: NOW.getTime(), between: 'overlap', ...scope };
  const text = [...writeAnswer(evaluate(readSelect(query), whole), 'csv', engine.zone)].join('');
  const [header, ...rows] = readTsv(text);
  return { header: header!, rows };
}

export const failure = (query: string, scope: Partial<Scope> = {}) => {
  try {
    run(query, scope);
  } catch (error) {
    return error as { message: string; options: readonly string[]; status: number };
  }
  throw new Error('nothing was refused');
};

export const objectsOf = (table: string, platform: Platform) =>
  new Map([...rawRows(engine, table, platform)].map((row) => [row.id, row]));
export const userId = [...rawRows(engine, 'user', 'windows')].find(({ cells }) => cells.name === 'jmeyer')!.id;
export const deviceId = [...rawRows(engine, 'device', 'windows')].find(({ cells }) => cells.name === 'LT-101')!.id;
export const overlaps = ({ start, end }: RawRow, from: number, to: number) =>
  start! < to && (end! > from || start! >= from);
