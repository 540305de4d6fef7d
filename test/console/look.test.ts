import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { RequestState } from '../../client/shapes.ts';
import { STATES } from '../../console/request-page/states.ts';
import { aSource, aView, FINISHED, REQUEST_ID } from '../cli/scripted-api.ts';
import { countRows, giveAccount, openAnonymization, openRetrieval, textOf, useConsole } from './open-console.ts';
import { operatePages } from './operate-answers.ts';

const current = useConsole(true);
const DEEP = process.env.GDPR_TEST_DEEP === '1';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LONG_NAME = 'x'.repeat(300);
const WIDTHS = [320, 360, 640, 1280, 1920];

/** Breaches of the rules that axe knows at the last width, and what is wider than the window at any. */
async function faults(page: Page, widths: readonly number[] = DEEP ? WIDTHS : [320, 1280]): Promise<string[]> {
  const found: string[] = [];
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(300); // the page measures itself
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (wider > 0) found.push(`${width}: ${wider} px too wide`);
    if (width !== widths.at(-1)) continue;
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

/** Every view, dialog and step, one after another. */
async function* views(language: string): AsyncGenerator<string> {
  const { api, page, origin } = current();
  const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineTimeoutError' };
  const progress = [aSource('engine-1', 'DONE', 1500), missing];
  const archive = { byteLength: FINISHED.byteLength, expiresAt: '2999-11-09T10:00:00.000Z' };
  yield 'GDPR';
  if (language === 'de') yield* operatePages(current()); // the longer words; each view is looked at in both schemes
  api.pages = [
    [aView({ reference: LONG_NAME.slice(0, 64) }), aView({ requestId: REQUEST_ID.replace('0', '1'), state: 'FAILED' })],
  ];
  await page.goto(`${origin}/#/requests`);
  await page.getByText('(2)').waitFor();
  yield 'list';
  api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive })];
  await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
  await page.getByText('engine-2').first().waitFor();
  yield 'request';
  await page.getByRole('button', { name: /DELETE THE ARCHIVE|ARCHIV LÖSCHEN/ }).click();
  await page.getByRole('dialog').waitFor();
  yield 'step';
}

describe.each([
  ['light', 'en'],
  ['dark', 'de'],
] as const)('in %s, language %s', (colorScheme, language) => {
  it('every view is accessible, and no wider than the window (R0)', async () => {
    const { page } = current();
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate((code) => localStorage.setItem('language', code), language);
    await page.reload();
    await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor();
    const found: string[] = [];
    for await (const view of views(language)) {
      found.push(...(await faults(page)).map((fault) => `${view} ${fault}`));
    }

    expect(found).toEqual([]);
  });
});

describe('the dialogs', () => {
  it('are accessible in every step, and hold a name of 300 letters', async () => {
    const { api, page, origin } = current();
    const found: string[] = [];
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    const retrieval = await openRetrieval(page);
    found.push(...(await faults(page)));
    await giveAccount(retrieval);
    await retrieval.getByRole('row', { name: /engine-1/ }).waitFor();
    await retrieval.getByRole('button', { name: 'CLOSE', exact: true }).click();
    found.push(...(await faults(page, [1280])));
    await retrieval.getByRole('button', { name: 'KEEP IT RUNNING' }).click();
    await page.goto(`${origin}/#/gdpr`);
    api.subjects = { ...api.subjects, accounts: [{ ...api.subjects.accounts[0]!, name: LONG_NAME }] };
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    found.push(...(await faults(page)));

    expect(found).toEqual([]);
  });
});

describe('the words', () => {
  it('all come from the files of texts: none is a code, or stands in the program', async () => {
    const { page } = current();
    const texts = JSON.parse(readFileSync('console/texts/en.json', 'utf8')) as Record<string, string>;
    const marked = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text && `¤${text}`]));
    await page.route('**/texts/en.json', (route) => route.fulfill({ json: marked }));
    await page.reload();
    const found = new Set<string>();
    for await (const view of wordViews()) for (const text of await unmarked(page)) found.add(`${view}: ${text}`);
    await page.unroute('**/texts/en.json');

    expect([...found]).toEqual([]);
  });
});

/** The same views, whose texts cannot be waited for by their words. */
async function* wordViews(): AsyncGenerator<string> {
  const { api, page, origin } = current();
  await page.getByRole('tab').waitFor();
  yield 'GDPR';
  yield* operatePages(current());
  api.pages = [[aView({ reference: 'HR-1' })]];
  await page.goto(`${origin}/#/requests`);
  await page.getByRole('link', { name: 'HR-1' }).waitFor();
  yield 'list';
  for (const state of Object.keys(STATES) as RequestState[]) {
    const missing = { ...aSource('engine-2', 'TLS_FAILED'), reason: 'EngineTlsError' };
    api.views = [aView({ state, failure: 'SettingsError', progress: [missing] })];
    await page.goto(`${origin}/#/requests`);
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText('engine-2').first().waitFor();
    yield state;
  }
  await page.goto(`${origin}/#/gdpr`);
  const dialog = await openAnonymization(page);
  yield 'dialog';
  await countRows(dialog);
  yield 'plan';
}

/** Texts on the page that neither come from a file of texts nor are data of this test. */
async function unmarked(page: Page): Promise<string[]> {
  const shown = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const { parentElement, textContent } = node;
      if (parentElement?.closest('script, style, [lang]:not(html)') || !parentElement?.checkVisibility()) continue;
      found.push(textContent!.trim());
    }
    return found;
  });
  const data = /^(¤.*|[\s\d().,:/–%-]*|Operator|More|English|HR-1|engine-\d|portal\.[\w.]+|[\da-f-]{36}|\d+ (k|M)B)$/su;
  const dates = /^\d{1,2} \w+ \d{4}(, \d\d:\d\d UTC)?( \(¤.*)?$/;
  return shown.filter((text) => !data.test(text) && !dates.test(text) && !text.includes('¤'));
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
