import { createHash } from 'node:crypto';
import { escapeMarkup } from './simulator/servers/markup.ts';

/** Small pages of this machine (log-in, tickets): no script, nothing from elsewhere, light and dark as the browser says, from 320 px. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: light-dark(#767a85, #8c95a4); --error: light-dark(#b3001b, #ff9a91); }
body { background: light-dark(#fff, #14181d); color: light-dark(#16191f, #e4e7ec); margin: 0 auto; padding: 1rem; max-width: 44rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.2; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
label { display: block; margin: 1rem 0; font-weight: 600; }
input, select, textarea, button { font: inherit; box-sizing: border-box; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .25rem; }
input, select, textarea { display: block; width: 100%; margin-top: .25rem; font-weight: 400; color: inherit; background: light-dark(#fff, #1d2229); }
button { margin: 0 .5rem 0 0; font-weight: 600; cursor: pointer; color: #fff; background: #0b57b7; border-color: #0b57b7; }
button.plain { color: inherit; background: transparent; border-color: var(--line); }
:focus-visible { outline: 3px solid light-dark(#0b57b7, #8ab8ff); outline-offset: 2px; }
.error { padding: .5rem .75rem; border-left: .25rem solid var(--error); color: var(--error); }
a { color: light-dark(#0b57b7, #8ab8ff); }
.note { color: light-dark(#4a5059, #b6bec9); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .5rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
blockquote { margin: .5rem 0; padding: .25rem .75rem; border-left: .25rem solid var(--line); white-space: pre-line; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Markup that is already safe. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | Markup | undefined | readonly Markup[];

/** Markup in which every value is escaped, but for values that are markup themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, at) => `${text}${shown(values[at - 1])}${part}`));
}

function shown(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeMarkup(value);
  return value instanceof Markup ? value.text : value.map(({ text }) => text).join('');
}

/** A whole page. @param title of the window, and head line */
export const webPage = (title: string, body: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;

/** Headers of such a page. @param formTargets origins to which a form may lead, besides the page's own */
export const pageHeaders = (formTargets: readonly string[] = []): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    'script-src', // none; the provider adds the hash of its one script, which sends a form
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
});
