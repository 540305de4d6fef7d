import { describe, expect, it } from 'vitest';
import { folded, lowerOf, upperOf } from '../../../modules/common/case-folding.ts';
import { spellingsOf as spellingsAsked } from '../../../modules/engines/retrieval/find-accounts.ts';
import { spellingsOf } from '../../../modules/portal/names/name-matcher.ts';
import { kinshipOf } from '../../../modules/requests/subjects/account-name.ts';
import { canonicalSubject } from '../../../modules/requests/subjects/subject-index.ts';
import { rewritten } from '../../support/judged.ts';

/** Names of two people, which a case mapping of more than one letter, or one of another's, would make one. */
const TWO_PEOPLE = [
  ['strauß', 'strauss'],
  ['kılıc', 'kilic'],
  ['İlker', 'ilker'],
  ['straußéééé', 'strausséééé'], // so many letters beyond ASCII that they are not listed one by one
] as const;
const BOTH_WAYS = TWO_PEOPLE.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);
const user = (name: string) => ({ kind: 'user', name }) as const;

describe('letters', () => {
  it.each(BOTH_WAYS)('keep %s apart from %s, wherever names are compared (R15)', (name, other) => {
    expect(canonicalSubject(user(name))).not.toBe(canonicalSubject(user(other)));
    const others = `${other} ${other.replace('ss', 'SS')}`;
    expect(rewritten(name, others)).toBe(others);
    expect(spellingsOf(name).map((spelling) => spelling.toLowerCase())).not.toContain(other);
    expect(spellingsAsked('user', name).map((spelled) => spelled.toLowerCase())).not.toContain(other);
    expect(kinshipOf('user', name, upperOf(other))).toBe('other');
    const noText = Buffer.concat([Buffer.from([0xff, 0x20]), Buffer.from(other.replace('ss', 'SS'))]);
    const bytes = `\\x${noText.toString('hex')}`;
    expect(rewritten(name, bytes)).toBe(bytes);
  });

  it.each([
    ['René.Favre', 'RENE\u0301.FAVRE'],
    ['ΟΔΟΣ', 'οδος'],
    ['STRAUẞ', 'strauß'],
    ['İlker', 'i\u0307lker'],
    ['ИВАНОВ-Петров', 'иванов-петров'],
  ])('take %s and %s for one person', (one, other) => {
    expect(canonicalSubject(user(one))).toBe(canonicalSubject(user(other)));
    expect(rewritten(one, other)).toBe('TOK');
    expect(rewritten(other, one)).toBe('TOK');
  });

  it('fold as patterns do: every letter of Unicode that has case is found by the one that stands for it, and by no other', () => {
    const letters = Array.from({ length: 0x1_ffff }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((letter) => letter.normalize('NFC') === letter && letter !== 'ﬅ') // ligature, the same as ﬆ
      .filter((letter) => letter.toLowerCase() !== letter || letter.toUpperCase() !== letter);
    const stands = [...new Set(letters.map(folded))].join('\n');
    const wrong = letters.filter((letter) => {
      const found = stands.match(new RegExp(`^${letter}$`, 'gimu')) ?? [];
      return found.length !== 1 || found[0] !== folded(letter);
    });

    expect(letters.length).toBeGreaterThan(2500);
    expect(wrong).toEqual([]);
  });

  it('keep the small sigma at the end of a word', () => {
    expect(lowerOf('ΠΑΠΑΔΟΠΟΥΛΟΣ')).toBe('παπαδοπουλος');
  });
});
