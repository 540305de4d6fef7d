import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../../local/simulator/nxql/evaluator.ts';
import type { Scope } from '../../../../local/simulator/nxql/scope.ts';
import { writeAnswer } from '../../../../local/simulator/servers/formats.ts';
import { humanText } from '../../../../local/simulator/world/human-units.ts';
import { rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { buildWorld } from '../../../../local/simulator/world/world.ts';
import { NOW, readSelect } from '../evaluating.ts';
import { readTsv } from '../support.ts';

const engine = buildWorld({ engines: 1, rows: 40_000, seed: 5, now: NOW }).engines[0]!;

describe('humanText', () => {
  it.each([
    ['byte', 1536, '1.5 KB'],
    ['byte', 2 ** 34, '16 GB'],
    ['millisecond', 90_000, '1.5 min'],
    ['microsecond', 2500, '2.5 ms'],
    ['mhz', 2600, '2.6 GHz'],
    ['percent', 0.855, '85.5 %'],
    ['permill', 7, '7 ‰'],
    ['day', 3, '3 d'],
    ['integer', 70_000, '70000'],
  ])('shows a %s of %d as %s', (type, value, expected) => {
    expect(humanText(type, value)).toBe(expected);
  });
});

describe('writeAnswer', () => {
  it('quotes cells with tabs, quotes and line ends, or on demand makes raw cells of one line', () => {
    const query = '(select (info) (from execution_error (between now-91d now)) (limit 100000))';
    const whole: Scope = { engine, platforms: ['windows'], now: NOW.getTime(), between: 'overlap' };
    const write = (quoting: 'raw' | 'rfc4180') =>
      [...writeAnswer(evaluate(readSelect(query), whole), 'csv', engine.zone, { quoting })].join('');
    const texts = [...rawRows(engine, 'execution_error', 'windows')].map(({ cells }) => cells.info!);

    expect(texts).toEqual(expect.arrayContaining(['carriage\rreturn', 'tab\there', 'he said "stop"', 'two\r\nlines']));
    expect(write('rfc4180')).toContain('"carriage\rreturn"');
    expect(write('raw')).toBe(`${['info', ...texts.map((text) => text.replace(/[\t\r\n]/g, ' '))].join('\n')}\n`);
    expect(readTsv(write('rfc4180'))).toEqual([['info'], ...texts.map((text) => [text])]);
  });
});
