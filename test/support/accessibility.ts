import type { Page } from 'playwright-core';

/** Least contrast of text (WCAG 2.2, 1.4.3). */
const MIN_CONTRAST = 4.5;

/**
 * Breaches of what can be checked without a person: language, landmarks, headings, tables, names, contrast.
 * @param landmarks that the page has once each; what is hidden counts nowhere
 */
export const accessibilityFaults = (page: Page, landmarks = ['main', 'header', 'footer']): Promise<string[]> =>
  page.evaluate(
    ({ leastContrast, landmarks }) => {
      const faults: string[] = [];
      const all = (selector: string) =>
        [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => !element.closest('[hidden]'));
      const textOf = (element: Element) => element.textContent?.trim() ?? '';
      const labelled = (element: Element): boolean => {
        const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
        return ids.length > 0
          ? ids.every((id) => textOf(document.getElementById(id) ?? document.createElement('i')) !== '')
          : Boolean(element.getAttribute('aria-label'));
      };
      if (!document.documentElement.lang) faults.push('the page has no language');
      if (!document.title) faults.push('the page has no title');
      for (const landmark of landmarks) {
        if (all(`body > ${landmark}`).length !== 1) faults.push(`not one ${landmark}`);
      }
      if (all('h1').length !== 1) faults.push('not one h1');
      let level = 0;
      for (const heading of all('h1,h2,h3,h4')) {
        const next = Number(heading.tagName[1]);
        if (next > level + 1) faults.push(`h${next} after h${level}: ${textOf(heading)}`);
        if (textOf(heading) === '') faults.push(`an empty h${next}`);
        level = next;
      }
      for (const table of all('table')) {
        if (!table.querySelector('caption')) faults.push('a table without a caption');
        if (table.querySelector('th:not([scope])')) faults.push('a table header without a scope');
      }
      for (const drawing of all('svg')) {
        if (drawing.getAttribute('role') !== 'img' || !labelled(drawing)) faults.push('a drawing without a name');
      }
      for (const region of all('[role=region], section, article'))
        if (!labelled(region)) faults.push('a region without a name');
      for (const field of all('input, select')) {
        if (!field.closest('label') && !labelled(field)) faults.push('a field without a label');
      }
      for (const link of all('a, button'))
        if (textOf(link) === '' && !labelled(link)) faults.push('a link without text');
      const ids = all('[id]').map(({ id }) => id);
      if (new Set(ids).size !== ids.length) faults.push('an id twice');

      const channels = (color: string) => (/[\d.]+/g.exec(color) ? color.match(/[\d.]+/g)!.map(Number) : [0, 0, 0, 0]);
      const luminance = ([r, g, b]: number[]) => {
        const linear = [r!, g!, b!].map((value) => {
          const share = value / 255;
          return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
      };
      const groundOf = (element: Element | null): number[] => {
        for (let at = element; at; at = at.parentElement) {
          const color = channels(getComputedStyle(at).backgroundColor);
          if (color[3] === undefined || color[3] > 0) return color;
        }
        return [255, 255, 255];
      };
      for (const element of all('body *')) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
        if (!own || element.closest('title, desc, style')) continue;
        const style = getComputedStyle(element);
        const ink = channels(element instanceof SVGElement ? style.fill : style.color);
        const [light, dark] = [luminance(ink), luminance(groundOf(element))].sort((a, b) => b - a) as [number, number];
        const contrast = (light + 0.05) / (dark + 0.05);
        if (contrast < leastContrast) faults.push(`contrast ${contrast.toFixed(2)}: ${textOf(element).slice(0, 40)}`);
      }
      return [...new Set(faults)];
    },
    { leastContrast: MIN_CONTRAST, landmarks },
  );
