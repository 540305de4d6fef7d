import { describe, expect, it } from 'vitest';
import { leaksIn } from '../../../local/record/leaks.ts';

const NAME = 'quillfeather';
const words = new Set([NAME, 'ödön', '10.11.12.13']);
const found = (text: string) => [...(leaksIn(new Map([['f', text]]), words, []).get('f') ?? [])];
const bytes = Buffer.from(`x ${NAME} y`);
const wide = Buffer.from(`x ${NAME} y`, 'utf16le');

describe('leaksIn', () => {
  it.each([
    ['plain, in another case', 'The Quillfeather'],
    ['UTF-16 in JSON', JSON.stringify(wide.toString('latin1'))],
    ['UTF-16 of the other order', JSON.stringify(Buffer.from(wide).swap16().toString('latin1'))],
    ['Base64', `"${bytes.toString('base64')}"`],
    ['Base64 beside other letters of it', `ab${bytes.toString('base64')}`],
    ['Base64 of UTF-16', wide.toString('base64')],
    ['hex', `00${bytes.toString('hex')}`],
    ['hex of UTF-16', wide.toString('hex').toUpperCase()],
    ['percent', bytes.toString('hex').replaceAll(/../g, '%$&')],
    ['escapes', '\\u0071uillfeath\\u0065r'],
    ['references of HTML', '&#113;uillfeath&#x65;r'],
    ['Base64 of percent', Buffer.from('%71uillfeather').toString('base64')],
    ['escapes of JSON in JSON', JSON.stringify(JSON.stringify('a\nquillfeather'))],
  ])('finds a word in %s', (_, text) => expect(found(text)).toEqual([NAME]));

  it('finds addresses as a whole, and words beyond ASCII in either Unicode form', () => {
    expect(found('at 10.11.12.13:443')).toEqual(['10.11.12.13']);
    expect(found('10.11.12.130')).toEqual([]);
    expect(found('ÖDÖN'.normalize('NFD'))).toEqual(['ödön']);
    expect(found(Buffer.from('an Ödön').toString('base64'))).toEqual(['ödön']);
  });

  it('finds a part inside a longer word where that is asked for', () => {
    expect(found('xquillfeathery')).toEqual([]);
    expect(leaksIn(new Map([['f', 'xQuillfeathery']]), new Set(), [NAME]).get('f')).toEqual(new Set([NAME]));
  });
});
