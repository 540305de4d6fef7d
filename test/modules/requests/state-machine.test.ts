import { describe, expect, it } from 'vitest';
import type { RequestState } from '../../../modules/requests/record.ts';
import type { SourceState } from '../../../modules/requests/source.ts';
import { isFinal, LIFECYCLE, outcomeOf, statesBefore } from '../../../modules/requests/state-machine.ts';

describe('LIFECYCLE', () => {
  it('lets nothing leave a final state', () => {
    const final = (Object.keys(LIFECYCLE) as RequestState[]).filter(isFinal);
    expect(final.sort()).toEqual([
      'CANCELLED',
      'COMPLETED',
      'COMPLETED_WITH_ERRORS',
      'DENIED',
      'EXPIRED',
      'FAILED',
      'NOTHING_FOUND',
    ]);
    expect(statesBefore('RUNNING')).toEqual(['QUEUED', 'RUNNING']);
  });

  it('reaches a final state from everywhere', () => {
    const reaches = (state: RequestState, seen: RequestState[] = []): boolean =>
      isFinal(state) || LIFECYCLE[state].next.some((next) => !seen.includes(next) && reaches(next, [...seen, state]));
    expect((Object.keys(LIFECYCLE) as RequestState[]).filter((state) => !reaches(state))).toEqual([]);
  });
});

describe('outcomeOf', () => {
  const outcome = (...states: SourceState[]) => outcomeOf(states.map((state) => ({ state })));

  it('never calls a Request complete that misses a source (R12)', () => {
    expect(outcome('DONE', 'EMPTY')).toBe('COMPLETED');
    expect(outcome('DONE', 'UNREACHABLE')).toBe('COMPLETED_WITH_ERRORS');
    expect(outcome('EMPTY', 'AUTH_FAILED')).toBe('COMPLETED_WITH_ERRORS');
    expect(outcome('PENDING', 'DONE')).toBe('COMPLETED_WITH_ERRORS');
    expect(outcome('TIMED_OUT', 'TLS_FAILED')).toBe('FAILED');
  });

  it('is NOTHING_FOUND only when every source answered without a gap and holds nothing (C1, R12)', () => {
    expect(outcome('EMPTY', 'EMPTY')).toBe('NOTHING_FOUND');
    expect(outcome('EMPTY', 'UNREACHABLE')).toBe('COMPLETED_WITH_ERRORS');
    expect(outcomeOf([{ state: 'EMPTY', gaps: 1 }])).toBe('COMPLETED_WITH_ERRORS');
  });
});
