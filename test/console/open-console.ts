import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { LocalIdentity } from '../../local/identity/local-identity.ts';
import type { ScriptedApi } from '../cli/scripted-api.ts';
import { SHORT_LIVED } from '../support/browser.ts';
import { ConsoleHost, logIn, startOver, WINDOW } from './console-host.ts';

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
  /** An API that has not been called yet takes the place of the present one. */
  renewApi(): ScriptedApi;
}

/**
 * Gives each test of a file the console, logged in, before a scripted API of its own. All share one browser, one origin, one
 * log-in at the local issuer and one tab: between two tests the page of the requests and that of the GDPR are opened, which
 * forgets dialogs and forms; a new tab for each test costs the browser three times as much.
 * @param reloads true where tests log out, or change the language or how the page looks: each then begins with a reload
 */
export function useConsole(reloads = false): () => OpenConsole {
  let host: ConsoleHost;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    host = await ConsoleHost.start();
    page = await newPage(await host.openBrowser(SHORT_LIVED), errors);
    await page.goto(host.origin);
    await logIn(page, host.identity);
  });
  afterAll(() => host?.stop());
  beforeEach(async () => {
    if (reloads) {
      await page.reload();
      await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor(); // the issuer has been asked
    }
    await startOver(page, host.origin);
    host.renewApi();
    errors.length = 0;
  });
  afterEach(async () => {
    host.renewApi(); // one that answers
    expect(errors).toEqual([]); // a breach of the page's policy is one
    await page.setViewportSize(WINDOW);
    if (reloads) await page.evaluate(() => localStorage.clear()); // the language that a test has chosen
  });
  return () => ({
    api: host.api,
    page,
    errors,
    origin: host.origin,
    identity: host.identity,
    toggleOutage: () => host.toggleOutage(),
    renewApi: () => host.renewApi(),
  });
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
