import { describe, expect, it } from 'vitest';
import { halve } from '../../../../modules/common/day-window.ts';
import { estimateOf, type QueryUnit } from '../../../../modules/engines/retrieval/query-units.ts';
import type { SourceProgress } from '../../../../modules/requests/source.ts';
import { estimateOfAll } from '../../../../modules/requests/views/get-request.ts';

const span = { from: '2026-01-01', to: '2026-01-11' };
const unit: QueryUnit = { table: 0, platform: 'windows', id: '7', limit: 10, variant: 0 };
const windowed: QueryUnit = { ...unit, window: span };
const aSource = (facts: Partial<SourceProgress>): SourceProgress => ({
  source: 'engine',
  sourceId: 'e',
  name: 'e',
  state: 'RUNNING',
  rows: 0,
  bytes: 0,
  ...facts,
});

describe('estimateOf', () => {
  it('weighs each question by the days it covers, and tells the time once something is done', () => {
    expect(estimateOf(4, [unit, windowed, windowed, windowed], span, 9_000)).toEqual({ share: 0 });
    expect(estimateOf(4, [windowed, windowed, windowed], span, 9_000)).toEqual({ share: 0.25, secondsLeft: 27 });
    const lastDays = { ...windowed, window: { from: '2026-01-07', to: '2026-01-11' } };
    expect(estimateOf(4, [lastDays], span, 9_000)).toEqual({ share: 0.9, secondsLeft: 1 });
    expect(estimateOf(4, [], span, 9_000)).toEqual({ share: 1, secondsLeft: 0 });
    expect(estimateOf(0, [], span, 0)).toEqual({ share: 1, secondsLeft: 0 });
  });

  it('does not move when a full window is halved', () => {
    const halves = halve(span)!.map((window) => ({ ...unit, window }));
    expect(estimateOf(2, halves, span, 1_000)).toEqual(estimateOf(2, [windowed], span, 1_000));
  });
});

describe('estimateOfAll', () => {
  it('is the mean of the sources and the time of the slowest', () => {
    const progress = [
      aSource({ state: 'DONE' }),
      aSource({ share: 0.5, secondsLeft: 40 }),
      aSource({ share: 0.9, secondsLeft: 7 }),
      aSource({ state: 'UNREACHABLE' }),
    ];
    expect(estimateOfAll(progress)).toEqual({ share: 0.85, secondsLeft: 40 });
  });

  it('tells no time while a source is not begun, and nothing before any is known', () => {
    const progress = [aSource({ share: 0.5, secondsLeft: 40 }), aSource({ state: 'PENDING' })];
    expect(estimateOfAll(progress)).toEqual({ share: 0.25 });
    expect(estimateOfAll([])).toEqual({ share: 0 });
    expect(estimateOfAll([aSource({ state: 'DONE' })])).toEqual({ share: 1 });
  });
});
