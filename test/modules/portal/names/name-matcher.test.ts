import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson } from '../../../../modules/portal/names/json-text.ts';
import {
  drawToken,
  jsonEscaped,
  nameMatcher,
  refuseQualified,
  spellingsOf,
} from '../../../../modules/portal/names/name-matcher.ts';

const user = (name: string) => nameMatcher({ kind: 'user', name });
const inJson = (name: string, json: string, token = 'T', merged?: () => void) =>
  editJson(json, (text) => user(name).replace(text, token), merged);
/** Occurrences in every string of a JSON value, keys included. */
function countInJson(value: unknown, { count }: { count(text: string): number }): number {
  if (typeof value === 'string') return count(value);
  if (typeof value !== 'object' || value === null) return 0;
  const inKeys = Array.isArray(value) ? 0 : Object.keys(value).reduce((sum, key) => sum + count(key), 0);
  return Object.values(value).reduce((sum: number, inner) => sum + countInJson(inner, { count }), inKeys);
}
const device = (name: string) => nameMatcher({ kind: 'device', name });

describe('drawToken', () => {
  it('gives anon- and 26 letters of base 32, another one each time (R15)', () => {
    const tokens = Array.from({ length: 500 }, () => drawToken(randomBytes));

    for (const token of tokens) expect(token).toMatch(/^anon-[a-z2-7]{26}$/);
    expect(new Set(tokens).size).toBe(500);
    expect(new Set(tokens.join('').replaceAll('anon-', '')).size).toBe(32);
  });

  it('takes every letter from a byte of its own', () => {
    expect(drawToken((size) => Uint8Array.from({ length: size }, (_, at) => at))).toBe(
      'anon-abcdefghijklmnopqrstuvwxyz',
    );
  });
});

describe('nameMatcher', () => {
  it.each([
    ['ann', 'joanna, hanna and annexe'],
    ['jdoe', 'jdoe2 jdoe-adm jdoe_old jdoe.smith x-jdoe x.jdoe éjdoe jdoeé jdoe\u0301'],
    ['neil', "o'neil"],
    ['j.doe', 'jxdoe'],
    ['50%_off', '50xxoff'],
  ])('does not find %s inside longer names: %s (R15)', (name, text) => {
    expect(user(name).count(text)).toBe(0);
    expect(user(name).replace(text, 'T')).toBe(text);
  });

  it('finds a name as a word of its own, in any case and spelling (R15)', () => {
    const text = `jdoe JDOE, CORP\\JDoe jdoe@corp.example (jdoe) "jdoe" jdoe's C:\\Users\\jdoe\\x ends with jdoe.`;

    expect(user('jdoe').count(text)).toBe(9);
    expect(user('jdoe').replace(text, 'T')).toBe(
      `T T, CORP\\T T@corp.example (T) "T" T's C:\\Users\\T\\x ends with T.`,
    );
  });

  it('finds a device with its DNS domain, yet not another device (R15)', () => {
    expect(device('LT-1').replace('LT-1.corp.example LT-1$ LT-10 LT-1-old', 'T')).toBe(
      'T.corp.example T$ LT-10 LT-1-old',
    );
  });

  it('finds both Unicode forms of a name (R15)', () => {
    const composed = 'Jos\u00e9';
    const decomposed = 'Jose\u0301';

    expect(user(composed).replace(`${composed} ${decomposed} ${composed.toUpperCase()}`, 'T')).toBe('T T T');
    expect(user(decomposed).count(composed)).toBe(1);
  });

  it('replaces in strings and keys of JSON and leaves every other byte (R15)', () => {
    const json = String.raw`{ "jdoe":1.10, "n":12345678901234567890, "a":["CORP\\jdoe","x\njdoe","jdoe2","CORP\\njdoe"], "a":null }`;

    expect(inJson('jdoe', json)).toBe(
      String.raw`{ "T":1.10, "n":12345678901234567890, "a":["CORP\\T","x\nT","jdoe2","CORP\\njdoe"], "a":null }`,
    );
  });

  it('tells when two different keys of one object become equal, and in no other case (R15)', () => {
    const merges = (json: string) => {
      let told = 0;
      inJson('jdoe', json, 'T', () => {
        told += 1;
      });
      return told;
    };

    expect(merges('[1, {"a": {"jdoe": {"x}": 3}, "b": "{", "JDOE" : 9}}]')).toBe(1);
    expect(merges('[{"jdoe": "JDOE"}, {"JDOE": 9, "in": {"jdoe": 1, "jdoe": 2}}, "jdoe"]')).toBe(0);
  });

  it('leaves no name behind, whatever characters it has, and JSON stays JSON', () => {
    const around = ['()', 'CORP\\', 'deep']; // a name that stands in these is there more often than it was put
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((drawn) => drawn.trim() === drawn && !around.some((text) => text.includes(drawn)));
    fc.assert(
      fc.property(name, (drawn) => {
        const json = JSON.stringify({ [drawn]: [`(${drawn})`, { deep: `CORP\\${drawn}` }] });

        const after = inJson(drawn, json, 'anon-zzzz');

        expect(countInJson(JSON.parse(after), user(drawn))).toBe(0);
        expect(after.match(/anon-zzzz/g)).toHaveLength(3);
      }),
    );
  });
});

describe('refuseQualified', () => {
  it('refuses a name with its domain, and says what to type without repeating it (R15, R23, R24)', () => {
    const bad = ['CORP\\qualified', 'qualified@corp.example', 'qualified@CORP'].map(
      (name) => ({ kind: 'user', name }) as const,
    );
    const hosts = ['lt-101.corp.example', 'LT-101.corp', 'CORP\\LT-101'].map(
      (name) => ({ kind: 'device', name }) as const,
    );

    for (const subject of bad)
      expect(refuseQualified(subject)).toMatch(/^type the bare name, such as jmeyer(?!.*qualified)/);
    for (const subject of hosts) expect(refuseQualified(subject)).toMatch(/^type the bare name, such as PC-7/);
  });

  it('takes names with dots, blanks and quotes', () => {
    const users = ['jdoe', 'john.doe', "o'neil", 'say "hi"', '50%_off'];
    expect(users.filter((name) => refuseQualified({ kind: 'user', name }))).toEqual([]);
    const devices = ['LT-101', "Ann's iPad 2.0", 'PC.', 'phone (2)'];
    expect(devices.filter((name) => refuseQualified({ kind: 'device', name }))).toEqual([]);
  });
});

describe('spellingsOf', () => {
  it('writes a name with its domain in both ways (R1)', () => {
    expect(spellingsOf('CORP\\jdoe')).toContain('jdoe@CORP');
    expect(spellingsOf('jdoe@CORP')).toContain('CORP\\jdoe');
    expect(nameMatcher({ kind: 'user', name: 'CORP\\jdoe' }).count('jdoe@corp, CORP\\JDOE, jdoe@lab, jdoe')).toBe(2);
  });

  it('lists the escaped form of a name that JSON escapes', () => {
    expect(spellingsOf('a\\b')).toEqual(['a\\b', 'b@a', 'a\\\\b']);
    expect(jsonEscaped('say "hi"')).toBe('say \\"hi\\"');
    expect(spellingsOf('jdoe')).toEqual(['jdoe']);
  });
});
