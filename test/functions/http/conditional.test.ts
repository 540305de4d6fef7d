import { describe, expect, it } from 'vitest';
import { ifNoneMatch, preferredWait } from '../../../functions/http/http.ts';

describe('preferredWait', () => {
  it.each([
    ['wait=5', 5],
    ['respond-async, Wait = "7"; x=y', 7],
    ['wait=1000', 20],
    ['wait=0', 0],
    ['await=5', undefined],
    ['wait=-5', undefined],
    ['wait=2s', undefined],
    ['', undefined],
  ])('reads %j as %j', (prefer, seconds) => {
    expect(preferredWait({ headers: { prefer } })).toBe(seconds);
  });
});

describe('ifNoneMatch', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
  ])('%j knows "a": %j', (header, known) => {
    expect(ifNoneMatch({ headers: { 'if-none-match': header } })!('"a"')).toBe(known);
  });

  it('is absent when the caller names none', () => {
    expect(ifNoneMatch({ headers: {} })).toBeUndefined();
  });
});
