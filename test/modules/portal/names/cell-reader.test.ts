import { describe, expect, it } from 'vitest';
import { personByName } from '../../../../modules/portal/names/person.ts';
import { PersonJudge } from '../../../../modules/portal/names/person-judge.ts';
import { judgeByName, judgeCell, rewritten, user } from '../../../support/judged.ts';

const deep = (levels: number): string =>
  levels === 0 ? '{"by":"jm\\u0065yer"}' : JSON.stringify({ was: deep(levels - 1) });

describe('CellReader of text (R15)', () => {
  it.each([
    ['jmeyer', '{ "user":"jm\\u0065yer", "n":1.10 }', '{ "user":"TOK", "n":1.10 }'],
    ['Jürgen', '["J\\u00fcrgen","J\\u00DCRGEN","Ju\\u0308rgen"]', '["TOK","TOK","TOK"]'],
    ['jdoe', '{"log":"first\\njdoe","at":"C:\\\\Users\\\\jdoe"}', '{"log":"first\\nTOK","at":"C:\\\\Users\\\\TOK"}'],
    ['a\\b', JSON.stringify({ was: JSON.stringify({ by: 'a\\b' }) }), JSON.stringify({ was: '{"by":"TOK"}' })],
    ['jdoe', '{"\\u006adoe":1,"id":"\\\\"}', '{"TOK":1,"id":"\\\\"}'],
    ['jmeyer', 'seen jm\\u0065yer\\u0020twice, jm\\\\u0065yer', 'seen TOK\\u0020twice, TOK'],
    ['u12345', 'CORP\\u12345', 'CORP\\TOK'],
  ])('finds %s in %s', (name, before, after) => {
    const { theirs, after: edited } = judgeCell(judgeByName(user(name)), before);
    expect(edited).toBe(after);
    expect(theirs).toBeGreaterThan(0);
    expect(judgeCell(judgeByName(user(name)), after).theirs).toBe(0);
  });

  it.each([
    ['jos', '{"user":"jos\\u00e9"}'],
    ['jdoe', '{"user":"CORP\\\\njdoe","other":"jdoe\\u0032"}'],
    ['jdoe', 'CORP\\njdoe and \\u0078jdoe'],
    ['jdoe', '["\\u006adoe-adm", "x.jdo\\u0065"]'],
  ])('does not take for %s who stands in %s', (name, text) => {
    expect(judgeCell(judgeByName(user(name)), text)).toMatchObject({ theirs: 0, after: text });
  });

  it('looks five times into JSON inside JSON, behind which escapes of letters count all the same', () => {
    for (const levels of [1, 4, 6]) {
      const after = rewritten('jmeyer', deep(levels));
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
    expect(rewritten('jdoe', `${run} jdoe${end}`).endsWith(` TOK${end}`)).toBe(true);
  });
});

const hex = (text: string) => `\\x${Buffer.from(text).toString('hex')}`;

describe('CellReader of other types (R15)', () => {
  it.each([
    ['an array with bounds', 'literal', '[0:1]={jdoe,"a \\"jdoe\\" b"}', '[0:1]={TOK,"a \\"TOK\\" b"}'],
    ['NULL and its name in an array', 'literal', '{{x,NULL},{jdoe,"NULL"}}', '{{x,NULL},{TOK,"NULL"}}'],
    ['a composite with NULL, empty and nested', 'literal', '(jdoe,1,"{jdoe,""b c""}",)', '(TOK,1,"{TOK,\\"b c\\"}",)'],
    ['quotes in a composite', 'literal', '("say ""jdoe"" \\\\",,,"")', '("say \\"TOK\\" \\\\",,,"")'],
    ['lexemes', 'text', "'it''s':1 'jdoe':2A", "'it''s':1 'TOK':2A"],
    ['pairs', 'pairs', '"a"=>"jdoe", "jdoe"=>NULL', '"a"=>"TOK", "TOK"=>NULL'],
    ['bytes in an array', 'literal', `{"\\${hex('jdoe')}"}`, `{"\\${hex('TOK')}"}`],
    ['JSON in an array', 'literal', '{"{\\"log\\": \\"first\\\\njdoe\\"}"}', '{"{\\"log\\": \\"first\\\\nTOK\\"}"}'],
  ] as const)('edits %s and leaves the rest', (_what, form, before, after) => {
    expect(rewritten('jdoe', before, form)).toBe(after);
    expect(rewritten('jdoe', after, form)).toBe(after);
  });

  it('leaves the value NULL of an array, whoever is called so', () => {
    expect(rewritten('null', '{a,NULL,"NULL"}', 'literal')).toBe('{a,NULL,"TOK"}');
  });

  it('tells when two keys become equal, and not when a key and a value do', () => {
    expect(() => rewritten('jdoe', '"jdoe"=>"1", "JDOE"=>"2"', 'pairs')).toThrow('spellings of the name');
    expect(rewritten('jdoe', '"jdoe"=>"JDOE", "a"=>"jdoe"', 'pairs')).toBe('"TOK"=>"TOK", "a"=>"TOK"');
    expect(() => rewritten('jdoe', '[1, {"a": {"jdoe": {"x}": 3}, "b": "{", "JDOE" : 9}}]', 'json')).toThrow(
      'spellings of the name',
    );
    const apart = '[{"jdoe": "JDOE"}, {"JDOE": 9, "in": {"jdoe": 1, "jdoe": 2}}, "jdoe"]';
    expect(() => rewritten('jdoe', apart, 'json')).not.toThrow();
  });

  it('only counts when it searches, whatever keys a run would refuse', () => {
    const search = new PersonJudge(personByName(user('jdoe')));
    expect(judgeCell(search, '{"jdoe": 1, "JDOE": 2}', 'json').theirs).toBe(2);
  });

  it('replaces in strings and keys of JSON and leaves every other byte', () => {
    const json = String.raw`{ "jdoe":1.10, "n":12345678901234567890, "a":["CORP\\jdoe","x\njdoe","jdoe2","CORP\\njdoe"], "a":null }`;

    expect(rewritten('jdoe', json, 'json')).toBe(
      String.raw`{ "TOK":1.10, "n":12345678901234567890, "a":["CORP\\TOK","x\nTOK","jdoe2","CORP\\njdoe"], "a":null }`,
    );
  });

  it('finds a name behind references of XML, and leaves neighbours and spelling as they are', () => {
    expect(rewritten("o'neil", '<a b="o&apos;neil">&#111;&#x27;ne&#105;l, O&#39;NEIL &amp; co</a>')).toBe(
      '<a b="TOK">TOK, TOK &amp; co</a>',
    );
    const others = '<a>o&apos;neil&#50; &#120;o&apos;neil &nope; &#9999999999;</a>';
    expect(rewritten("o'neil", others)).toBe(others);
  });
});

describe('CellReader of bytes (R15)', () => {
  const replace = (name: string, bytes: Buffer) =>
    Buffer.from(rewritten(name, `\\x${bytes.toString('hex')}`).slice(2), 'hex');
  const big = (text: string) => Buffer.from(text, 'utf16le').swap16();
  const around = (text: string) => Buffer.concat([Buffer.from([0, 255, 32]), Buffer.from(text), Buffer.from([0])]);

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
    ['UTF-16 big-endian', big('x jdoé, и JDOÉ ы jdoé'), big('x TOK, и TOK ы TOK')],
    ['all of a text in UTF-16 big-endian, with its mark', big('\ufeffjdoé'), big('\ufeffTOK')],
    [
      'names of others in UTF-16 big-endian',
      big('jdoéы ωjdoé 中jdoé jdoé-ы 中-jdoé'),
      big('jdoéы ωjdoé 中jdoé jdoé-ы 中-jdoé'),
    ],
    [
      'UTF-16 big-endian from an odd byte',
      Buffer.concat([Buffer.from([7]), big('ы JDOÉ')]),
      Buffer.concat([Buffer.from([7]), big('ы TOK')]),
    ],
    [
      'both orders beside each other',
      Buffer.concat([Buffer.from(' jdoé', 'utf16le'), big(' jdoé')]),
      Buffer.concat([Buffer.from(' TOK', 'utf16le'), big(' TOK')]),
    ],
  ])('takes %s as it reads', (_what, before, after) => {
    expect(replace('jdoé', before)).toEqual(after);
  });

  it('counts what stands in two readings of bytes once, and replaces letters beyond ASCII in both orders', () => {
    const count = (bytes: Buffer) => judgeCell(judgeByName(user('jdoe')), `\\x${bytes.toString('hex')}`);
    for (const bytes of [big(' jdoe jdoe_old jdoe '), Buffer.from(' jdoe jdoe_old jdoe ', 'utf16le')])
      expect(count(bytes)).toMatchObject({ theirs: 2, lookalikes: 1 });
    expect(replace('иван', big('Иван, иван'))).toEqual(big('TOK, TOK'));
  });

  it('folds every letter of a long name among bytes that are no text', () => {
    expect(replace('ivan иванов', around('Ivan Иванов, IVAN иВАНов'))).toEqual(around('TOK, TOK'));
    expect(replace('ivan иванов', around('Ivan Иванова'))).toEqual(around('Ivan Иванова'));
  });

  it('shows an example of bytes as they read, with other letters masked', () => {
    const bytes = Buffer.concat([Buffer.from('ask jdoe, '), Buffer.from([0xe9, 0x41]), Buffer.from(' today')]);
    const shown = judgeByName(user('jdoe')).masked(`\\x${bytes.toString('hex')}`);
    expect(shown).toBe('*** jdoe, ** *****');
  });

  it('gives back every byte beside a name, whatever it is', () => {
    const every = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    const lone = Buffer.from('\uf780\ufffd\u{10ffff}');
    const before = Buffer.concat([every, lone, Buffer.from(' jdoe '), lone, every, Buffer.from([0xe2, 0x82])]);

    expect(replace('jdoe', before).toString('latin1')).toBe(before.toString('latin1').replace('jdoe', 'TOK'));
  });
});
