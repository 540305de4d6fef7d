import { describe, expect, it } from 'vitest';
import { writeAnswer } from '../../../local/simulator/formats.ts';
import type { Scope } from '../../../local/simulator/nxql-activity.ts';
import { evaluate } from '../../../local/simulator/nxql-evaluator.ts';
import { readStatement } from '../../../local/simulator/nxql-statement.ts';
import { rawRows } from '../../../local/simulator/raw-rows.ts';
import { engine, NOW } from './evaluating.ts';
import { readTsv } from './support.ts';

describe('writeAnswer', () => {
  it('quotes cells with tabs, quotes and line ends, or on demand makes raw cells of one line', () => {
    const query = '(select (info) (from execution_error (between now-91d now)) (limit 100000))';
    const whole: Scope = { engine, platforms: ['windows'], now: NOW.getTime(), between: 'overlap' };
    const write = (quoting: 'raw' | 'rfc4180') =>
      [...writeAnswer(evaluate(readStatement(query), whole), 'csv', engine.zone, quoting)].join('');
    const texts = [...rawRows(engine, 'execution_error', 'windows')].map(({ cells }) => cells.info!);

    expect(texts.join('')).toMatch(/[\t\n"]/);
    expect(write('raw')).toBe(`${['info', ...texts.map((text) => text.replace(/[\t\r\n]/g, ' '))].join('\n')}\n`);
    expect(readTsv(write('rfc4180'))).toEqual([['info'], ...texts.map((text) => [text])]);
  });
});
