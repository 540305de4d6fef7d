import { describe, expect, it } from 'vitest';
import { bytesReplacer } from '../../../../modules/portal/names/in-bytes.ts';
import { xmlReplacer } from '../../../../modules/portal/names/in-xml.ts';
import { judgeOf, needlesOf } from '../../../../modules/portal/names/name-judge.ts';
import { type Edit, editValue, type Form } from '../../../../modules/portal/names/value-formats.ts';

const swap = (text: string) => text.replaceAll('jdoe', 'T');
const edit: Edit = {
  text: swap,
  json: swap,
  xml: swap,
  bytes: (bytes) => Buffer.from(swap(bytes.toString('latin1')), 'latin1'),
  merged: () => {
    throw new Error('merged');
  },
};
const plain: Form = { kind: 'plain' };
const list: Form = { kind: 'array', of: plain };
const pair: Form = { kind: 'composite', fields: [plain, { kind: 'none' }, list, plain] };
const hex = (text: string) => `\\x${Buffer.from(text).toString('hex')}`;

describe('editValue (R15)', () => {
  it.each<[string, Form, string, string]>([
    ['an array with bounds', list, '[0:1]={jdoe,"a \\"jdoe\\" b"}', '[0:1]={"T","a \\"T\\" b"}'],
    ['NULL and its name in an array', list, '{{x,NULL},{jdoe,"NULL"}}', '{{x,NULL},{"T","NULL"}}'],
    ['a composite with NULL, empty and nested', pair, '(jdoe,1,"{jdoe,""b c""}",)', '("T",1,"{\\"T\\",\\"b c\\"}",)'],
    ['quotes in a composite', pair, '("say ""jdoe"" \\\\",,,"")', '("say \\"T\\" \\\\",,,"")'],
    ['lexemes', { kind: 'lexemes' }, "'it''s':1 'jdoe':2A", "'it''s':1 'T':2A"],
    ['pairs', { kind: 'pairs' }, '"a"=>"jdoe", "jdoe"=>NULL', '"a"=>"T", "T"=>NULL'],
    ['bytes in an array', { kind: 'array', of: { kind: 'bytes' } }, `{"\\${hex('jdoe')}"}`, `{"\\${hex('T')}"}`],
    ['a number', { kind: 'none' }, 'jdoe', 'jdoe'],
  ])('edits %s and leaves the rest', (_what, form, before, after) => {
    expect(editValue(form, before, edit)).toBe(after);
    expect(editValue(form, after, edit)).toBe(after);
  });
});

describe('editValue of pairs', () => {
  it('tells when two keys become equal, and not when a key and a value do (R15)', () => {
    const fold: Edit = { ...edit, text: (text) => text.replace(/jdoe/i, 'T') };

    expect(() => editValue({ kind: 'pairs' }, '"jdoe"=>"1", "JDOE"=>"2"', fold)).toThrow('merged');
    expect(editValue({ kind: 'pairs' }, '"jdoe"=>"JDOE", "a"=>"jdoe"', fold)).toBe('"T"=>"T", "a"=>"T"');
  });
});

describe('bytesReplacer (R15)', () => {
  const replace = bytesReplacer(judgeOf({ kind: 'user', name: 'jdoé' }), 'TOK');

  it.each([
    ['UTF-8', Buffer.from('see JDOÉ.'), Buffer.from('see TOK.')],
    [
      'UTF-8 among other bytes',
      Buffer.from([255, 0, ...Buffer.from('jdoé'), 0]),
      Buffer.from([255, 0, ...Buffer.from('TOK'), 0]),
    ],
    ['UTF-16', Buffer.from('x jdoé', 'utf16le'), Buffer.from('x TOK', 'utf16le')],
    ['the name of another', Buffer.from('jdoé2 xjdoé'), Buffer.from('jdoé2 xjdoé')],
    ['the name of another in UTF-16', Buffer.from('jdoé2', 'utf16le'), Buffer.from('jdoé2', 'utf16le')],
    [
      'names of others in UTF-16 that go on in Cyrillic, Greek and Chinese',
      Buffer.from('jdoéы ωjdoé 中jdoé jdoé-ы', 'utf16le'),
      Buffer.from('jdoéы ωjdoé 中jdoé jdoé-ы', 'utf16le'),
    ],
    [
      'UTF-16 from an odd byte, a lone surrogate beside it',
      Buffer.concat([Buffer.from([7]), Buffer.from('\ud800 JDOÉ', 'utf16le')]),
      Buffer.concat([Buffer.from([7]), Buffer.from('\ud800 TOK', 'utf16le')]),
    ],
  ])('takes %s as it reads', (_what, before, after) => {
    expect(replace(before)).toEqual(after);
  });
});

describe('bytesReplacer of a long name in another script', () => {
  it('folds every letter of it among bytes that are no text (R15)', () => {
    const replace = bytesReplacer(judgeOf({ kind: 'user', name: 'ivan иванов' }), 'TOK');
    const bytes = (text: string) => Buffer.concat([Buffer.from([0, 255, 32]), Buffer.from(text), Buffer.from([0])]);

    expect(replace(bytes('Ivan Иванов, IVAN иВАНов'))).toEqual(bytes('TOK, TOK'));
    expect(replace(bytes('Ivan Иванова'))).toEqual(bytes('Ivan Иванова'));
  });
});

describe('xmlReplacer (R15)', () => {
  const replace = xmlReplacer(judgeOf({ kind: 'user', name: "o'neil" }).matcher, 'TOK');

  it('finds the name behind references, and leaves neighbours and spelling as they are', () => {
    expect(replace('<a b="o&apos;neil">&#111;&#x27;ne&#105;l, O&#39;NEIL &amp; co</a>')).toBe(
      '<a b="TOK">TOK, TOK &amp; co</a>',
    );
    expect(replace('<a>o&apos;neil&#50; &#120;o&apos;neil &nope; &#9999999999;</a>')).toBe(
      '<a>o&apos;neil&#50; &#120;o&apos;neil &nope; &#9999999999;</a>',
    );
  });
});

describe('needlesOf', () => {
  it('takes the longest stretch that no quoting changes; a name without letters has none', () => {
    expect(needlesOf('say "hello"')?.texts).toEqual(['hello']);
    expect(needlesOf('中村')?.texts).toContain('中村');
    expect(needlesOf('***')).toBeUndefined();
    expect(hex('xJDOEx')).toMatch(new RegExp(needlesOf('jdoe')!.hex));
    expect(Buffer.from('Élan', 'utf16le').toString('hex')).toMatch(new RegExp(needlesOf('élan')!.hex));
  });
});
