import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spellingsOf } from '../../../../modules/portal/names/name-matcher.ts';
import { drawToken } from '../../../../modules/portal/names/tokens.ts';
import { needlesOf } from '../../../../modules/portal/search/near.ts';
import { judgeByName, judgeCell, rewritten } from '../../../support/judged.ts';

const user = (name: string) => ({ kind: 'user', name }) as const;
const count = (name: string, text: string) => judgeCell(judgeByName(user(name)), text).theirs;
const inDevice = (name: string, text: string) => judgeCell(judgeByName({ kind: 'device', name }), text).after;

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

describe('a name as a word of its own', () => {
  it.each([
    ['ann', 'joanna, hanna and annexe'],
    ['jdoe', 'jdoe2 jdoe-adm jdoe_old jdoe.smith x-jdoe x.jdoe éjdoe jdoeé jdoe\u0301'],
    ['neil', "o'neil"],
    ['j.doe', 'jxdoe'],
    ['50%_off', '50xxoff'],
  ])('does not find %s inside longer names: %s (R15)', (name, text) => {
    expect(count(name, text)).toBe(0);
    expect(rewritten(name, text)).toBe(text);
  });

  it('finds a name as a word of its own, in any case and spelling (R15)', () => {
    const text = `jdoe JDOE, CORP\\JDoe jdoe@corp.example (jdoe) "jdoe" jdoe's C:\\Users\\jdoe\\x ends with jdoe.`;

    expect(count('jdoe', text)).toBe(9);
    expect(rewritten('jdoe', text)).toBe(text.replace(/jdoe/gi, 'TOK'));
  });

  it('finds a device with its DNS domain, yet not another device (R15)', () => {
    expect(inDevice('LT-1', 'LT-1.corp.example LT-1$ LT-10 LT-1-old LT-1\\admin')).toBe(
      'TOK.corp.example TOK$ LT-10 LT-1-old TOK\\admin',
    );
  });

  it('finds both Unicode forms of a name (R15)', () => {
    const composed = 'Jos\u00e9';
    const decomposed = 'Jose\u0301';

    expect(rewritten(composed, `${composed} ${decomposed} ${composed.toUpperCase()}`)).toBe('TOK TOK TOK');
    expect(count(decomposed, composed)).toBe(1);
  });

  it('leaves no name behind, whatever characters it has, and JSON stays JSON', () => {
    const around = ['()', 'CORP\\', 'deep']; // a name that stands in these is there more often than it was put
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((drawn) => drawn.trim() === drawn && !around.some((text) => text.includes(drawn)));
    fc.assert(
      fc.property(name, (drawn) => {
        const json = JSON.stringify({ [drawn]: [`(${drawn})`, { deep: `CORP\\${drawn}` }] });

        const after = rewritten(drawn, json, 'json');

        expect(judgeCell(judgeByName(user(drawn)), after, 'json').theirs).toBe(0);
        expect(after.match(/TOK/g)).toHaveLength(3);
      }),
    );
  });
});

describe('spellingsOf', () => {
  it('lists both Unicode forms, and letters beyond ASCII in both cases', () => {
    expect(spellingsOf('jdoe')).toEqual(['jdoe']);
    expect(spellingsOf('é')).toEqual(['é', 'e\u0301', 'É', 'E\u0301']);
  });
});

describe('a name with its domain', () => {
  it('means that account alone, written in both ways (R1)', () => {
    expect(rewritten('CORP\\jdoe', 'jdoe@corp, CORP\\JDOE, jdoe@lab, LAB\\jdoe, jdoe')).toBe(
      'TOK@corp, TOK, jdoe@lab, LAB\\jdoe, jdoe',
    );
  });
});

describe('needlesOf', () => {
  const hex = (text: string) => Buffer.from(text).toString('hex');

  it('takes the longest stretch that no quoting changes; a name without letters has none', () => {
    expect(needlesOf(['say "hello"'])?.texts).toEqual(['hello']);
    expect(needlesOf(['中村'])?.texts).toContain('中村');
    expect(needlesOf(['***'])).toBeUndefined();
    expect(hex('xJDOEx')).toMatch(new RegExp(needlesOf(['jdoe'])!.hex));
    expect(Buffer.from('Élan', 'utf16le').toString('hex')).toMatch(new RegExp(needlesOf(['élan'])!.hex));
  });

  it('leaves out words that hold another', () => {
    expect(needlesOf(['jdoe', 'jdoe@corp.example', 'S-1-5-21-7'])?.texts).toEqual(['jdoe', 'S-1-5-21-7']);
  });
});
