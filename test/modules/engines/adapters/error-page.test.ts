import { describe, expect, it } from 'vitest';
import { MAX_ERROR_PAGE, optionsOf } from '../../../../modules/engines/adapters/error-page.ts';
import { workOf } from '../../../support/work.ts';

describe('optionsOf', () => {
  it('reads the names of the list, entities undone', () => {
    const page = `<html><p id="error_message">no such field</p><ul class=x id='error_options'>
      <li>#Cost center</li><li><b>#A &amp; B</b></li><LI>#&#x27;x&#39;</LI></ul><ul><li>other</li></ul></html>`;
    expect(optionsOf(page)).toEqual(['#Cost center', '#A & B', "#'x'"]);
  });

  it('reads items that are not closed, and a list that ends with the page', () => {
    expect(optionsOf('<ul id=error_options><li>a<li>b</ul>')).toEqual(['a', 'b']);
    expect(optionsOf('<ul id=error_options><li>a<li>b</body></html>')).toEqual(['a', 'b']);
    expect(optionsOf('<ul id=error_options></ul>')).toEqual([]);
  });

  it('takes a list that is cut before its end for none (R12)', () => {
    for (const cut of [
      '<ul id=error_options><li>a<li>b',
      '<ul id=error_options><li>a</li><li>b</l',
      '<ul id=error_options>',
    ])
      expect(optionsOf(cut)).toBeUndefined();
  });

  it('finds nothing where there is no list', () => {
    expect(optionsOf('<html><p id="error_message">x</p><li>y</li></html>')).toBeUndefined();
    expect(optionsOf('')).toBeUndefined();
  });

  // Each of these took minutes or hours, growing with the square or the cube of the length.
  it.each([
    ['tags that open the list and never end', '<a id=error_options '],
    ['items that never end', '<ul id="error_options"><li'],
    ['brackets', '<ul id=error_options><li><'],
    ['ends of other elements', '<ul id=error_options></a >'],
    ['blanks behind the id', '<ul id     '],
  ])('reads a page of %s in time that grows with its length alone (C14)', (_, piece) => {
    const works = [1, 2].map((times) =>
      workOf(() => optionsOf(piece.repeat(times * Math.ceil(MAX_ERROR_PAGE / piece.length)))),
    );
    expect(works[0]).toBeGreaterThan(0);
    expect(works[1]! / works[0]!).toBeLessThan(2.2);
    expect(works[1]! / (2 * MAX_ERROR_PAGE)).toBeLessThan(20);
  });

  it('keeps a list that a hostile page hides among its brackets (C14)', () => {
    const page = `${'<a '.repeat(1000)}><ul id=error_options>${'<b '.repeat(1000)}><li>x<i>y</i></ul>`;
    expect(optionsOf(page)).toEqual(['xy']);
  });
});
