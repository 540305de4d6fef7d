/** Maximum bytes of an error page that are read. */
export const MAX_ERROR_PAGE = 256 * 1024;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/**
 * Names that an Engine's error page offers instead of a mistyped one: the items of the element with the id
 * `error_options`. Empty when there is none.
 * Source: docs/nxql.md; clients use it to discover dynamic fields.
 */
export function optionsOf(page: string): string[] {
  const start = /<(\w+)[^>]*\bid\s*=\s*["']?error_options\b[^>]*>/i.exec(page);
  if (!start) return [];
  const rest = page.slice(start.index + start[0].length);
  const end = rest.search(new RegExp(`</${start[1]}\\s*>`, 'i'));
  const list = end < 0 ? rest : rest.slice(0, end);
  return [...list.matchAll(/<li[^>]*>([\s\S]*?)(?=<\/li|<li|$)/gi)].map(([, item]) => plainText(item!)).filter(Boolean);
}

const plainText = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (entity, code: string) => {
      if (!code.startsWith('#')) return ENTITIES[code.toLowerCase()] ?? entity;
      const point = /^#x/i.test(code) ? Number.parseInt(code.slice(2), 16) : Number(code.slice(1));
      return point <= 0x10ffff ? String.fromCodePoint(point) : entity;
    })
    .trim();
