import { describe, expect, it } from 'vitest';
import { isDamaged, strictText } from '../../../modules/common/strict-text.ts';

describe('strictText', () => {
  it('reads UTF-8, with and without a byte order mark', () => {
    expect(strictText(Buffer.from('ren\u00e9 \u{1f600}'))).toBe('ren\u00e9 \u{1f600}');
    expect(strictText(Buffer.from('\ufeff{}'))).toBe('{}');
  });

  it.each([
    ['Latin-1', Buffer.from('ren\u00e9.favre', 'latin1')],
    ['a cut character', Buffer.from('ren\u00e9').subarray(0, 4)],
    ['an overlong form', Buffer.from([0xc0, 0xaf])],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
  ])('refuses %s (C40)', (_, bytes) => {
    expect(() => strictText(bytes)).toThrow(TypeError);
  });
});

describe('isDamaged', () => {
  it.each([
    ['ren\ufffd.favre', true],
    ['ren\ud800', true],
    ['ren\u00e9.favre', false],
  ])('%j: %s', (text, damaged) => expect(isDamaged(text)).toBe(damaged));
});
