import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { sendAnswer } from '../../local/aws/http-answer.ts';
import { staticFile } from '../../local/aws/static-files.ts';
import { buildConsole } from '../../local/build-console.ts';
import { LocalIdentity } from '../../local/identity/local-identity.ts';
import { ScriptedApi } from '../cli/scripted-api.ts';
import { launchBrowser, SHORT_LIVED } from '../support/browser.ts';

/** Pixels. */
const WINDOW = { width: 1280, height: 900 };

/** What a test sees of the page. */
export interface OpenConsole {
  readonly api: ScriptedApi;
  readonly page: Page;
  /** What the page reported, violations of its policy among it. */
  readonly errors: string[];
  /** Of page, API and issuer. */
  readonly origin: string;
  readonly identity: LocalIdentity;
  /** Lets nothing answer until it is called again. */
  toggleOutage(): void;
}

/** Logs in on the issuer's own page. */
export async function logIn(page: Page, identity: LocalIdentity, username = 'operator'): Promise<void> {
  const { password } = identity.people.all.find((person) => person.username === username)!;
  await page.getByRole('button', { name: 'LOG IN' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
  await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor();
}

/**
 * Gives each test of a file the console, logged in, before a scripted API of its own. All share one browser, one origin, one
 * log-in at the local issuer and one tab: between two tests the page of the requests and that of the GDPR are opened, which
 * forgets dialogs and forms; a new tab for each test costs the browser three times as much.
 * @param reloads true where tests log out, or change the language or how the page looks: each then begins with a reload
 */
export function useConsole(reloads = false): () => OpenConsole {
  let browser: Browser;
  let context: BrowserContext;
  let server: Server;
  let folder: string;
  let identity: LocalIdentity;
  let page: Page;
  let present: OpenConsole;
  let isAway = false;
  const errors: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gdpr-console-'));
    const files = await buildConsole();
    identity = await LocalIdentity.open(folder);
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      if (isAway) return request.socket.destroy();
      if (path.startsWith('/oidc/')) return identity.openIdConnect(request, response);
      if (path === '/config.json')
        return void response.end(JSON.stringify({ ...identity.consoleConfig, company: 'Example AG' }));
      if (path.startsWith('/v1/') || path.startsWith('/links/')) return void present?.api.answer(request, response);
      void staticFile(files, path).then((file) => sendAnswer(response, file ?? { status: 404, headers: {} }, false));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    identity.servedAt(origin());
    browser = await launchBrowser(SHORT_LIVED);
    context = await browser.newContext({
      viewport: WINDOW,
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
    });
    page = await newPage(context, errors);
    await page.goto(origin());
    await logIn(page, identity);
  });
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    if (reloads) {
      await page.reload();
      await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor(); // the issuer has been asked
    }
    for (const title of ['Requests', 'GDPR']) {
      await page.goto(`${origin()}/#/${title.toLowerCase()}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    }
    const api = new ScriptedApi(origin());
    api.token = undefined;
    const toggleOutage = () => {
      isAway = !isAway;
      server.closeAllConnections();
    };
    present = { api, page, errors, origin: origin(), identity, toggleOutage };
    errors.length = 0;
  });
  afterEach(async () => {
    isAway = false;
    expect(errors).toEqual([]); // a breach of the page's policy is one
    await page.setViewportSize(WINDOW);
    if (reloads) await page.evaluate(() => localStorage.clear()); // the language that a test has chosen
  });
  return () => present;
}

/** A page that keeps what it reports as an error. */
async function newPage(context: BrowserContext, errors: string[]): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // the browser itself reports each answer of 4xx and 5xx, and each call that nothing answers
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text());
  });
  return page;
}

/** A section of the page, by its heading. */
export const section = (page: Page, name: string): Locator => page.getByRole('region', { name });

/** Fills in the Nexthink account, and goes on. */
export async function giveAccount(dialog: Locator): Promise<void> {
  await dialog.getByLabel('Username').fill('operator');
  await dialog.getByLabel('Password').fill('sesame');
  await dialog.getByRole('button', { name: 'CONTINUE' }).click();
}

/** Fills in `Retrieve user data` and opens its dialog. */
export async function openRetrieval(page: Page): Promise<Locator> {
  const form = section(page, 'Retrieve user data');
  await form.getByLabel('Username').fill('anna');
  await form.getByLabel('Engine data').check();
  await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
  return page.getByRole('dialog', { name: 'GDPR Retrieve data' });
}

/** Fills in `Anonymize user data` and opens its dialog. */
export async function openAnonymization(page: Page, name = 'anna'): Promise<Locator> {
  const form = section(page, 'Anonymize user data');
  await form.getByLabel('Username').fill(name);
  await form.getByLabel('Irreversibly anonymize Portal data').check();
  await form.getByRole('button', { name: 'ANONYMIZE DATA' }).click();
  return page.getByRole('dialog', { name: 'GDPR Anonymize Portal data' });
}

/** Goes through the steps of an anonymization up to the name that is typed once more. */
export async function countRows(dialog: Locator): Promise<void> {
  await giveAccount(dialog);
  await dialog.getByRole('checkbox').first().check();
  await dialog.getByRole('button', { name: 'CONTINUE' }).click();
  await dialog.getByText('What will change').waitFor();
}

/** Goes through all of them. */
export async function anonymize(dialog: Locator): Promise<void> {
  await countRows(dialog);
  await dialog.getByLabel('Type the name once more').fill('anna');
  await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).click();
}

/** Text of an element, empty when it holds none. */
export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? '';

/** Bodies of the requests that were started. */
export const started = (api: ScriptedApi): unknown[] =>
  api.bodies('POST /v1/requests').map((body) => JSON.parse(body) as unknown);
