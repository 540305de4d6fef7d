import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { buildConsole } from '../../local/build-console.ts';
import { ScriptedApi } from '../cli/scripted-api.ts';
import { launchBrowser } from '../support/browser.ts';

const TYPES: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

/** Serves the page that was built to a folder beside a scripted API, on one origin. */
function serveConsole(outDir: string): Promise<ScriptedApi> {
  return new ScriptedApi((request, response) => {
    const file = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
    readFile(join(outDir, file)).then(
      (bytes) => response.writeHead(200, { 'content-type': TYPES[file.split('.').at(-1) ?? ''] }).end(bytes),
      () => response.writeHead(404).end(),
    );
  }).start();
}

/** A page that fails the test by anything that it reports as an error. */
async function newPage(browser: Browser, errors: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  return page;
}

/** Logs in to the console. */
export async function logIn(page: Page): Promise<void> {
  await page.getByLabel('Username').locator('visible=true').fill('admin');
  await page.getByLabel('Password').locator('visible=true').fill('console password');
  await page.getByRole('button', { name: 'LOG IN' }).click();
}

/** A token as an issuer makes it; nobody here looks at its signature. */
export const aToken = (sub: string, scope: string): string =>
  `e30.${Buffer.from(JSON.stringify({ sub, scope })).toString('base64url')}.x`;

/** Opens an address from elsewhere, as a link in a ticket does, and logs in. */
export async function openAddress({ api, page }: OpenConsole, hash: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${api.url}/${hash}`);
  await logIn(page);
}

/** What a test sees of the page. */
export interface OpenConsole {
  readonly api: ScriptedApi;
  readonly page: Page;
  readonly errors: readonly string[];
}

/**
 * Gives each test of a file the console, logged in, on an origin of its own before a scripted API of its own.
 * All share one tab: a new one for each test costs the browser three times as much.
 */
export function useConsole(): () => OpenConsole {
  let browser: Browser;
  let page: Page;
  let folder: string;
  let api: ScriptedApi;
  const errors: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await newPage(browser, errors);
    folder = await mkdtemp(join(tmpdir(), 'gdpr-console-'));
    await buildConsole(folder);
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    errors.length = 0;
    api = await serveConsole(folder);
    await page.goto(api.url);
    await logIn(page);
  });
  afterEach(async () => {
    await page.goto('about:blank');
    await page.context().clearCookies();
    await api.stop();
  });
  return () => ({ api, page, errors });
}

/** A section of the page, by its heading. */
export const section = (page: Page, name: string): Locator => page.getByRole('region', { name });

/** Fills in the Nexthink account and presses the button that starts the work. */
export async function giveAccount(dialog: Locator, confirm: string): Promise<void> {
  await dialog.getByLabel('Username').fill('operator');
  await dialog.getByLabel('Password').fill('sesame');
  if (confirm === 'ANONYMIZE') await dialog.getByRole('button', { name: 'CONTINUE' }).click();
  await dialog.getByRole('button', { name: confirm }).click();
}

/** Fills in `Retrieve user data` and opens its dialog. */
export async function openRetrieval(page: Page): Promise<Locator> {
  const form = section(page, 'Retrieve user data');
  await form.getByLabel('Username').fill('anna');
  await form.getByLabel('Engine data').check();
  await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
  return page.getByRole('dialog', { name: 'GDPR Retrieve data' });
}

/** Text of an element, empty when it holds none. */
export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

/** Bodies of the Requests that were started. */
export const started = (api: ScriptedApi): unknown[] =>
  api.bodies('POST /v1/requests').map((body) => JSON.parse(body) as unknown);
