import { describe, expect, it } from 'vitest';
import { megabytes, progressLines } from '../../cli/follow.ts';
import type { SourceProgress } from '../../client/types.ts';
import { aSource, aView } from './scripted-api.ts';

describe('progressLines', () => {
  it('gives a line per source with its state and rows (R6)', () => {
    const running = {
      ...aSource('engine-1', 'RUNNING', 12_000),
      phase: 'QUERYING',
      current: 'engines/execution.csv',
    } as const;

    const lines = progressLines(
      aView({ state: 'RUNNING', progress: [running, aSource('portal', 'DONE', 7)] }),
      100,
      24,
    );

    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/engine-1 +RUNNING +12,000 rows +1\.2 MB +querying +engines\/execution\.csv/);
    expect(lines[2]).toMatch(/portal +DONE +7 rows/);
  });

  it('shows the days that are being queried, and the time that is left', () => {
    const window = { from: '2026-10-01', to: '2026-11-24' };
    const running = { ...aSource('engine-1', 'RUNNING', 12_000), current: 'engines/execution.csv', window };
    const linesWith = (estimate: { share: number; secondsLeft?: number }) =>
      progressLines(aView({ state: 'RUNNING', progress: [running], estimate }), 120, 24);

    expect(linesWith({ share: 0.425, secondsLeft: 300 })[0]).toMatch(/RUNNING {2}42 %, about 5 min left$/);
    expect(linesWith({ share: 0.425, secondsLeft: 7 })[0]).toMatch(/42 %, about 7 s left$/);
    expect(linesWith({ share: 0 })[0]).toMatch(/RUNNING {2}0 %$/);
    expect(linesWith({ share: 0 })[1]).toMatch(/engines\/execution.csv {2}2026-10-01 to 2026-11-24$/);
  });

  it('says what a source is doing: its phase, its share, or what it waits for (R6)', () => {
    const noteOf = (facts: Partial<SourceProgress>) =>
      progressLines(aView({ state: 'RUNNING', progress: [{ ...aSource('e', 'PENDING'), ...facts }] }), 120, 24)[1]!
        .split(/ {2,}/)
        .slice(5)
        .join('  ');

    expect(noteOf({})).toBe('waiting for its turn');
    expect(noteOf({ phase: 'CHECKING_ACCOUNT' })).toBe('checking the account');
    expect(noteOf({ state: 'RUNNING', phase: 'QUERYING', share: 0.4, secondsLeft: 25 })).toBe(
      'querying  40 %, about 25 s left',
    );
    expect(noteOf({ waitsUntil: '2026-11-23T12:03:05.000Z' })).toBe('the Engine is busy; next try at 12:03:05 UTC');
    expect(noteOf({ state: 'DONE' })).toBe('');
  });

  it('fits the terminal: unfinished sources first, the rest counted', () => {
    const done = Array.from({ length: 50 }, (_, index) => aSource(`engine-${index}`, 'DONE', 1));
    const progress = [...done, aSource('the-slow-one', 'RUNNING')];

    const lines = progressLines(aView({ state: 'RUNNING', progress }), 60, 10);

    expect(lines).toHaveLength(9);
    expect(lines[1]).toContain('the-slow-one');
    expect(lines.at(-1)).toBe('  and 44 more');
    expect(lines.every((line) => line.length < 60)).toBe(true);
  });
});

describe('megabytes', () => {
  it('shows few bytes as kilobytes', () => {
    expect([0, 1, 999_000, 1_250_000].map(megabytes)).toEqual(['0 kB', '1 kB', '999 kB', '1.3 MB']);
  });
});
