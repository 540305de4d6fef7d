import { describe, expect, it } from 'vitest';
import { countInCells } from '../../../../modules/portal/names/count-names.ts';
import { textReplacer } from '../../../../modules/portal/names/in-text.ts';
import { judgeOf } from '../../../../modules/portal/names/name-judge.ts';

const judge = (name: string) => judgeOf({ kind: 'user', name });
const deep = (levels: number): string =>
  levels === 0 ? '{"by":"jm\\u0065yer"}' : JSON.stringify({ was: deep(levels - 1) });

describe('textReplacer (R15)', () => {
  it.each([
    ['jmeyer', '{ "user":"jm\\u0065yer", "n":1.10 }', '{ "user":"TOK", "n":1.10 }'],
    ['Jürgen', '["J\\u00fcrgen","J\\u00DCRGEN","Ju\\u0308rgen"]', '["TOK","TOK","TOK"]'],
    ['jdoe', '{"log":"first\\njdoe","at":"C:\\\\Users\\\\jdoe"}', '{"log":"first\\nTOK","at":"C:\\\\Users\\\\TOK"}'],
    ['a\\b', JSON.stringify({ was: JSON.stringify({ by: 'a\\b' }) }), JSON.stringify({ was: '{"by":"TOK"}' })],
    ['jdoe', '{"\\u006adoe":1,"id":"\\\\"}', '{"TOK":1,"id":"\\\\"}'],
    ['jmeyer', 'seen jm\\u0065yer\\u0020twice, jm\\\\u0065yer', 'seen TOK\\u0020twice, TOK'],
    ['u12345', 'CORP\\u12345', 'CORP\\TOK'],
  ])('finds %s in %s', (name, before, after) => {
    expect(textReplacer(judge(name).matcher, 'TOK')(before)).toBe(after);
    expect(countInCells([JSON.stringify(before)], judge(name))[0]).toBeGreaterThan(0);
    expect(countInCells([JSON.stringify(after)], judge(name))).toEqual([0]);
    expect(before).toMatch(new RegExp(judge(name).needles!.escaped, 'i'));
  });

  it.each([
    ['jos', '{"user":"jos\\u00e9"}'],
    ['jdoe', '{"user":"CORP\\\\njdoe","other":"jdoe\\u0032"}'],
    ['jdoe', 'CORP\\njdoe and \\u0078jdoe'],
    ['jdoe', '["\\u006adoe-adm", "x.jdo\\u0065"]'],
  ])('does not take for %s who stands in %s', (name, text) => {
    expect(textReplacer(judge(name).matcher, 'TOK')(text)).toBe(text);
    expect(countInCells([JSON.stringify(text)], judge(name))).toEqual([0]);
  });

  it('looks five times into JSON inside JSON, behind which escapes of letters count all the same', () => {
    for (const levels of [1, 4, 6]) {
      const after = textReplacer(judge('jmeyer').matcher, 'TOK')(deep(levels));
      expect(after).toBe(deep(levels).replace(/jm\\+u0065yer/, 'TOK'));
      expect(() => JSON.parse(after)).not.toThrow();
    }
  });

  // A pattern that goes back over them would not end within the time of a test.
  it.each([
    ['backslashes', '\\'.repeat(4_000_000), ''],
    ['backslashes in JSON', JSON.stringify(['\\'.repeat(4_000_000)]), ''],
    ['escapes in one string of JSON', `["${'\\n'.repeat(4_000_000)}`, '"]'],
    ['names with escaped letters', '\\u006adoe '.repeat(200_000), ''],
  ])('replaces the name behind a long run of %s (C46)', (_, run, end) => {
    const after = textReplacer(judge('jdoe').matcher, 'TOK')(`${run} jdoe${end}`);
    expect(after.endsWith(` TOK${end}`)).toBe(true);
    expect(countInCells([JSON.stringify(`${run} jdoe${end}`)], judge('jdoe'))[0]).toBeGreaterThan(0);
  });
});
