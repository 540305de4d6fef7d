/** Maximum bytes of an error page that are read. */
export const MAX_ERROR_PAGE = 256 * 1024;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
const TAG_NAME = /^\/?[a-z]\w*/i;
const IS_LIST = /\bid\s*=\s*["']?error_options\b/i;

/** Names that an Engine's error page offers (`error_options`), in linear time. Clients find dynamic fields by it (docs/nxql.md). */
export function optionsOf(page: string): string[] | undefined {
  const items: string[] = [];
  let list: string | undefined; // name of the element
  let isInItem = false;
  for (const { tag, text } of tagsOf(page)) {
    const name = TAG_NAME.exec(tag)?.[0].toLowerCase() ?? '';
    if (list === undefined) {
      if (!name.startsWith('/') && IS_LIST.test(tag)) list = name;
      continue;
    }
    if ([`/${list}`, '/body', '/html'].includes(name)) return items.map(plainText).filter(Boolean);
    if (name === 'li' || name === '/li') isInItem = name === 'li';
    if (name === 'li') items.push('');
    if (isInItem) items.push(items.pop() + text);
  }
  return undefined;
}

/** Each tag of a page, without its brackets, and the text that follows it. A tag that never ends is the end of the page. */
function* tagsOf(page: string): Generator<{ readonly tag: string; readonly text: string }> {
  let open = page.indexOf('<');
  while (open >= 0) {
    const close = page.indexOf('>', open);
    if (close < 0) return;
    const next = page.indexOf('<', close);
    yield { tag: page.slice(open + 1, close), text: page.slice(close + 1, next < 0 ? undefined : next) };
    open = next;
  }
}

const plainText = (html: string): string =>
  html
    .replaceAll(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (entity, code: string) => {
      if (!code.startsWith('#')) return ENTITIES[code.toLowerCase()] ?? entity;
      const point = /^#x/i.test(code) ? Number.parseInt(code.slice(2), 16) : Number(code.slice(1));
      return point <= 0x10ffff ? String.fromCodePoint(point) : entity;
    })
    .trim();
