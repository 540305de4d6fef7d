import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from '../../../support/accessibility.ts';
import { launchBrowser } from '../../../support/browser.ts';
import { archiveOf, type SampleRows } from '../../../support/stitch.ts';

const HOSTILE = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '&lt;b&gt; & co',
  'left\u202eright',
  'bell\u0007null\u0000',
  '</table></style><style>body{display:none}',
  'two\r\nlines, "quoted"',
];
const days = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [dayAfter(at), (at * 37) % 100]));
const columns = [
  'engine',
  'platform',
  'execution/id',
  'execution/start_time',
  'binary/executable_name',
  '<b>column</b>',
];
const rows: SampleRows[] = [
  ...HOSTILE.map((source) => ({
    source,
    file: 'engines/executions.csv',
    columns,
    rows: [[source, 'windows', '1', '2026-11-20T08:00:00', source, source]],
  })),
  {
    source: 'engine <1> & "co"',
    file: 'engines/executions.csv',
    columns,
    rows: HOSTILE.map((cell, at) => ['engine-1', 'windows', String(at), '2026-11-20T08:00:00', cell, cell]),
    rowsPerDay: days,
  },
  {
    source: 'portal',
    file: 'portal/count_metric_details.csv',
    columns: ['day', 'metric'],
    rows: [['2026-11-01', '=1+1']],
  },
  { source: 'engine-3', file: 'engines/port_scans.csv', columns: ['engine', 'platform', 'port_scan/id'], rows: [] },
];

function dayAfter(count: number): string {
  return new Date(Date.UTC(2026, 8, 20) + count * 86_400_000).toISOString().slice(0, 10);
}

let browser: Browser;
let folder: string;
let page: Page;
const requests: string[] = [];
const errors: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gdpr-page-'));
  const file = join(folder, 'gdpr-data.tar.gz');
  writeFileSync(file, await archiveOf(rows, ['engine-2'], { subjectKind: 'device' }));
  execFileSync('tar', ['xzf', file, '-C', folder]);
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => errors.push(dialog.message()));
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

describe('index.html, unpacked and opened from disk', () => {
  it('asks for nothing but itself, and reports no error', () => {
    expect(requests).toEqual([pathToFileURL(join(folder, 'index.html')).href]);
    expect(errors).toEqual([]);
  });

  it('runs nothing and shows names as text, whatever stands in them', async () => {
    expect(await page.title()).toBe('Data held about one device (incomplete)');
    expect(await page.locator('script, img, iframe, [onerror], [onmouseover]').count()).toBe(0);
    const text = await page.locator('body').innerText();
    expect(text).toContain(HOSTILE[0]);
    expect(text).toContain('left\u2039U+202E\u203aright');
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(await page.locator('main').isVisible()).toBe(true);
  });

  it('names what is missing before anything else (R12)', async () => {
    const first = page.locator('main section').first();
    expect(await first.innerText()).toMatch(/incomplete[\s\S]*engine-2: it took too long to answer/);
    expect(await page.locator('tbody th').first().innerText()).toBe('engine-2');
  });

  it('draws the rows of each day, with a name, and links to the files beside it', async () => {
    await page.getByRole('img', { name: 'Rows per day, 2026-09-20 to 2026-11-18. Highest bar: 99.' }).waitFor();
    expect(await page.locator('svg').count()).toBe(1);
    expect(await page.locator('article').first().innerText()).toMatch(/2026-09-20 to 2026-11-18/);
    for (const href of await page
      .locator('h3 a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')))) {
      expect(execFileSync('ls', [join(folder, href!)]).toString()).toContain(href);
    }
  });

  it.each(['light', 'dark'] as const)('can be read by everyone, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it.each([320, 360])('fits a screen of %i px: the table of sources scrolls in its own box', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(await page.locator('.wide').evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
    await page.setViewportSize({ width: 1180, height: 900 });
  });
});
