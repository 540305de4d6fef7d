import { describe, expect, it } from 'vitest';
import { optionsOf } from '../../../../modules/engines/adapters/engine-responses.ts';

describe('optionsOf', () => {
  it('reads the names of the list, entities undone', () => {
    const page = `<html><p id="error_message">no such field</p><ul class=x id='error_options'>
      <li>#Cost center</li><li><b>#A &amp; B</b></li><LI>#&#x27;x&#39;</LI></ul><ul><li>other</li></ul></html>`;
    expect(optionsOf(page)).toEqual(['#Cost center', '#A & B', "#'x'"]);
  });

  it('reads items that are not closed, and a list that never ends', () => {
    expect(optionsOf('<ul id=error_options><li>a<li>b')).toEqual(['a', 'b']);
  });

  it('finds nothing where there is no list', () => {
    expect(optionsOf('<html><p id="error_message">x</p><li>y</li></html>')).toEqual([]);
    expect(optionsOf('')).toEqual([]);
  });
});
