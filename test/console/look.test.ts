import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startOver, textsIn } from './console-host.ts';
import { textOf, useConsole } from './open-console.ts';
import { LOG_IN_VIEWS, openLogIn, VIEWS } from './views.ts';

const current = useConsole(true);
const DEEP = process.env.GDPR_TEST_DEEP === '1';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Looks at a page that is too wide, until it counts as that. */
const MAX_LOOKS = 30;
const WIDTHS = DEEP ? [320, 360, 640, 1280, 1920] : [320, 1280];

/** Breaches of the rules that axe knows in both schemes, and what is wider than the window. */
async function faults(page: Page, language: string): Promise<string[]> {
  const axeWidths = DEEP ? [320, 360, 1920] : [language === 'en' ? 320 : 1280];
  const found: string[] = [];
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(DEEP ? 300 : 100); // the page measures itself
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    let wider = await overflow();
    for (let looks = 0; wider > 0 && looks < MAX_LOOKS; looks += 1) {
      await page.waitForTimeout(100); // it may measure itself late
      wider = await overflow();
    }
    if (wider > 0) found.push(`${width}: ${wider} px too wide`);
    if (!axeWidths.includes(width)) continue;
    const violations = await page.evaluate(async () => {
      const lean = { preload: false, resultTypes: ['violations'] };
      const all = await globalThis.axe.run(lean);
      document.body.classList.toggle('awsui-dark-mode'); // the other scheme
      const contrast = await globalThis.axe.run({ ...lean, runOnly: ['color-contrast'] });
      document.body.classList.toggle('awsui-dark-mode');
      return [...all.violations, ...contrast.violations];
    });
    found.push(...violations.map(({ id, nodes }) => `${width}: ${id} ${nodes[0]!.target.join(' ')}`));
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

declare global {
  /** Of axe-core, which is put into the page. */
  var axe: { run(options: object): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
}

/** The deep tests take a look at some seventy views, five widths each, with names of 300 characters. */
const MAX_MS = DEEP ? 3_600_000 : 180_000;

const LANGUAGES = [
  ['light', 'en'],
  ['dark', 'de'],
] as const;

/** Views of the short tests that are checked in full, some in each language; the deep ones check all in both. */
const IN_FULL: Readonly<Record<string, readonly string[]>> = {
  en: [
    'list, each state',
    'request, unknown',
    'request, with an archive',
    'step, delete',
    'retrieve, several people',
    'anonymize, plan',
    'operator, engines',
  ],
  de: [
    'gdpr, filled in wrongly',
    'step, refused',
    'retrieve, asks',
    'anonymize, done',
    'retrieve, account',
    'operator, check',
    'operator, removal',
  ],
};

/** Views whose words are checked besides in the short tests, in English: together they hold each part of the pages. */
const FOR_WORDS: readonly string[] = [
  ...['gdpr, filled in wrongly', 'list, empty', 'request, FAILED', 'request, at work', 'request, rehearsed'],
  ...['request, deadline paused', 'step, approve', 'step, refused', 'retrieve, Engines List', 'retrieve, nobody'],
  ...['retrieve, asks', 'anonymize, rehearsal refused', 'anonymize, waits for approval', 'anonymize, done'],
];

describe.each(LANGUAGES)('in %s, language %s', (colorScheme, language) => {
  it('every view is accessible and no wider than the window, and all its words come from the texts (R0, R23)', {
    timeout: MAX_MS,
  }, async () => {
    const { page, origin } = current();
    const texts = Object.entries(textsIn(language)).map(([key, text]) => [key, text && `¤${text}`]);
    const marked = Object.fromEntries(texts) as Record<string, string>;
    const mark = (on: Page) => on.route('**/texts/*.json', (route) => route.fulfill({ json: marked }));
    const say = (key: string) => marked[key]!;
    const found = new Set<string>();
    const look = async (name: string, on: Page) => {
      for (const text of await foreignWords(on)) found.add(`${name}: ${text}`);
      if (!DEEP && !IN_FULL[language]!.includes(name)) return;
      for (const fault of await faults(on, language)) found.add(`${name}: ${fault}`);
    };
    await mark(page);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate((code) => localStorage.setItem('language', code), language);
    await page.reload();
    for (const [name, opens] of Object.entries(VIEWS)) {
      if (!DEEP && ![...IN_FULL[language]!, ...(language === 'en' ? FOR_WORDS : [])].includes(name)) continue;
      await startOver(page, origin);
      await opens({ api: current().renewApi(), page, origin, say });
      await look(name, page);
    }
    for (const name of DEEP ? LOG_IN_VIEWS : LOG_IN_VIEWS.slice(0, language === 'en' ? 1 : 0)) {
      const other = await openLogIn(name, { page, origin, say }, { colorScheme, locale: language }, mark);
      await look(name, other);
      await other.context().close();
    }
    await page.unroute('**/texts/*.json');

    expect([...found]).toEqual([]);
  });
});

/** Data of the views, as they show it. */
const DATA = [
  /^[\s\d().,:/–%-]*$/, // numbers
  /^(HR-\d+|[\da-f-]{8,36}|x{60,}.*|Operator|More|Mehr|Example AG.*|English|Deutsch)$/,
  /^(engine-\d|portal|engines\/|portal\.)[\w./: ]*$/,
  /^(anna\S*|anna x+|LT-101|operator|nnn[nd.]+|UTC|engines\.tls|gdpr\.\w+)$/,
  /^\d{1,2}\.? \p{L}+\.? \d{4}(, \d\d:\d\d UTC)?( \(¤.*)?$/u, // dates
  /^[\d.,]+\s(k|M)B$|^\d+\s?%/,
];
const CODE = /\b[A-Z]{2,}_[A-Z_]+\b|\b[A-Z]\w+Error\b/;

/** Texts on the page that neither come from a file of texts nor are data of the views, and those that are codes of the API. */
async function foreignWords(page: Page): Promise<string[]> {
  const shown = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: { text: string; isForeign: boolean }[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { parentElement, textContent } = node;
      if (parentElement?.closest('script, style') || !parentElement?.checkVisibility()) continue;
      found.push({ text: textContent!.trim(), isForeign: parentElement.closest('[lang]:not(html)') !== null });
    }
    return found;
  });
  const isOwn = (text: string) => text.includes('¤') || DATA.some((pattern) => pattern.test(text));
  return shown.filter(({ text, isForeign }) => CODE.test(text) || !(isForeign || isOwn(text))).map(({ text }) => text);
}

it('shows the first view soon, and loads other languages when they are chosen', async () => {
  const { page } = current();
  const loaded: string[] = [];
  page.on('response', (response) => loaded.push(new URL(response.url()).pathname));
  await page.reload();
  await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor();
  expect(loaded.filter((path) => /\/de|all\.de/.test(path))).toEqual([]);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('menuitem', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Benutzerdaten abrufen' }).waitFor();
  expect(await textOf(page.locator('html'))).not.toContain('Retrieve user data');
});
