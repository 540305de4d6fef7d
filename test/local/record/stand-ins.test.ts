import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { StandIns } from '../../../local/record/stand-ins.ts';

/** Stand-ins of these texts. */
function standInsOf(...texts: string[]): string[] {
  const standIns = new StandIns();
  for (const text of texts) standIns.text(text);
  standIns.begin();
  return texts.map((text) => standIns.text(text));
}

describe('StandIns', () => {
  it.each([
    ['CORP\\jmeyer', /^[A-Z]{4}\\[a-z]{6}$/],
    ['Jana.Meyer@corp.example', /^[A-Z][a-z]{3}\.[A-Z][a-z]{4}@[a-z]{4}\.[a-z]{7}$/],
    ['René Ödön', /^[A-Z][a-z]{2}\p{Ll} \p{Lu}[a-z]\p{Ll}[a-z]$/u],
    ['Иван 株式会社', /^\p{Script=Cyrillic}{4} \p{Script=Han}{4}$/u],
    ['LT-101', /^[A-Z]{2}-[1-9]\d\d$/],
    ['https://intranet.corp/a?q=%20x', /^[a-z]{5}:\/\/[a-z]{8}\.[a-z]{4}\/[a-z]\?[a-z]=%[1-9]\d[a-z]$|%\d\d/],
    ['C:\\Users\\jmeyer\\a b.docx', /^[A-Z]:\\[A-Z][a-z]{4}\\[a-z]{6}\\[a-z] [a-z]\.[a-z]{4}$/],
    ['S-1-5-21-3303077-65767785-1000', /^S-1-5-21-\d{7}-\d{8}-\d{4}$/],
    ['0A:1b:2c:3d:4e:5f', /^02(:[0-9a-fA-F]{2}){5}$/],
    ['6F9619FF-8B86-D011-B42D-00CF4FC964FF', /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/],
    ['d41d8cd98f00b204e9800998ecf8427e', /^[0-9a-f]{32}$/],
  ])('%s keeps its form', (text, form) => {
    const [standIn] = standInsOf(text);

    expect(standIn).toMatch(form);
    expect(standIn).not.toBe(text);
  });

  it('gives addresses of the networks that are kept for tests', () => {
    expect(standInsOf('10.1.2.3')[0]).toMatch(/^198\.1[89]\./);
    expect(isIP(standInsOf('fe80::1')[0]!)).toBe(6);
    expect(standInsOf('S-1-5-18')[0]).toBe('S-1-5-18'); // the same on every Windows
  });

  it('gives a word one stand-in, and two words two, whatever case and Unicode form they have', () => {
    const [one, two, three, four] = standInsOf('jmeyer', 'a JMEYER b', 'jmeyer2', 'x/jmeyer');
    expect(two!.split(' ')[1]).toBe(one!.toUpperCase());
    expect(three).not.toContain(one);
    expect(four!.split('/')[1]).toBe(one);
    const [composed, decomposed] = standInsOf('ödön', 'ödön'.normalize('NFD'));
    expect(decomposed).toBe(composed!.normalize('NFD'));
    expect(composed).toHaveLength(4);
    const short = Array.from({ length: 90 }, (_, at) => String(at + 10));
    expect(new Set(standInsOf(...short)).size).toBe(90);
  });

  it('keeps the order of ids, also inside texts', () => {
    const standIns = new StandIns();
    const ids = ['7', '26', '5000000001', '5000000002', '5000000010', '18446744073709551615'];
    for (const id of ids) standIns.id(id);
    standIns.begin();
    const drawn = ids.map((id) => BigInt(standIns.id(id)));

    expect(drawn).toEqual([...drawn].sort((one, other) => (one < other ? -1 : 1)));
    expect(new Set(drawn).size).toBe(ids.length);
    expect(drawn.map(String).filter((id) => ids.includes(id))).toEqual([]);
    expect(standIns.text('event 5000000002')).toMatch(new RegExp(`^[a-z]{5} ${drawn[3]}$`));
  });
});
