import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { isFinal, isWaiting, STATES } from '../../modules/requests/state-machine.ts';

describe('EXIT_CODES', () => {
  it('knows every state, and has a code where nothing runs: 4 while a person is waited for, 6 until it is verified', () => {
    expect(Object.keys(EXIT_CODES)).toEqual(STATES);
    expect(STATES.filter((state) => EXIT_CODES[state] === 4)).toEqual(STATES.filter(isWaiting));
    const running = STATES.filter((state) => !isFinal(state) && !isWaiting(state) && state !== 'VERIFYING');
    expect(STATES.filter((state) => EXIT_CODES[state] === undefined)).toEqual(running);
    expect(STATES.filter((state) => EXIT_CODES[state] === 0)).toEqual(['COMPLETED']);
    expect(STATES.filter((state) => EXIT_CODES[state] === 3)).toEqual(['COMPLETED_WITH_ERRORS']);
    expect(STATES.filter((state) => EXIT_CODES[state] === 5)).toEqual(['NOTHING_FOUND']);
    expect(STATES.filter((state) => EXIT_CODES[state] === 6)).toEqual(['VERIFYING']);
  });
});
