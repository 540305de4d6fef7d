import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { untar } from '../support/archive.ts';
import { launchBrowser } from '../support/browser.ts';
import { rowsNaming } from '../support/portal.ts';

let system: LocalSystem;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  system = await startLocalSystem({ engines: 2, rows: 300 });
  browser = await launchBrowser();
  page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(system.apiUrl);
  const { username, password } = system.consoleLogin;
  await page.getByLabel('Username').locator('visible=true').fill(username);
  await page.getByLabel('Password').locator('visible=true').fill(password);
  await page.getByRole('button', { name: 'LOG IN' }).click();
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function giveAccount(dialog: Locator, confirm: string): Promise<void> {
  await dialog.getByLabel('Username').fill(system.login.username);
  await dialog.getByLabel('Password').fill(system.login.password);
  if (confirm === 'CONTINUE') {
    await dialog.getByRole('button', { name: 'Engines List' }).click();
    await dialog.getByText('engine-2: CONNECTED').waitFor();
  }
  if (confirm === 'ANONYMIZE') {
    await dialog.getByRole('button', { name: 'CONTINUE' }).click();
    await dialog.getByText('rows of the Portal will change').waitFor();
  }
  await dialog.getByRole('button', { name: confirm }).click();
}

async function openNewest(row: RegExp): Promise<void> {
  await page.getByRole('link', { name: 'Requests' }).click();
  await page.getByRole('row', { name: row }).first().getByRole('link').click();
}

describe('the console on the running system', () => {
  it('retrieves from the page, and the file downloads by itself (R0 to R8)', async () => {
    const form = page.getByRole('region', { name: 'Retrieve user data' });
    await form.getByLabel('Username').fill(system.users[0]!);
    await form.getByLabel('Engine data').check();
    await form.getByLabel('Portal data').check();
    await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
    const dialog = page.getByRole('dialog', { name: 'GDPR Retrieve data' });
    const downloading = page.waitForEvent('download', { timeout: 60_000 });
    await giveAccount(dialog, 'CONTINUE');

    const download = await downloading;

    expect(download.suggestedFilename()).toBe('gdpr-data.tar.gz');
    const files = await untar(await readFile(await download.path()));
    expect(files['engines/user.csv']!.split('\r\n').length).toBeGreaterThan(2);
    expect(files['portal/users.csv']).toContain(system.users[0]!);
    await dialog.getByRole('link', { name: 'CLICK HERE' }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE' }).click();
    expect(errors).toEqual([]);
  }, 90_000);

  it('lists it, shows it on its page with its trail, and deletes the archive for good', async () => {
    const main = page.locator('#request');
    await openNewest(/retrieve, user Done/);
    const download = main.getByRole('button', { name: 'DOWNLOAD' });
    const [downloaded] = await Promise.all([page.waitForEvent('download'), download.click()]);
    expect(downloaded.suggestedFilename()).toBe('gdpr-data.tar.gz');
    await main.getByRole('row', { name: /requested you/ }).waitFor();
    expect(await main.innerText()).not.toContain(system.users[0]!);

    await main.getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    await main.getByText('Deleted at').waitFor();
    await main.getByRole('row', { name: /archive destroyed you/ }).waitFor();

    expect(await main.locator('.actions button').count()).toBe(0);
    expect(page.url()).toMatch(/#request=[\da-f-]{36}$/);
    expect(errors).toEqual([]);
    await page.getByRole('link', { name: 'GDPR', exact: true }).click();
  }, 60_000);

  it('anonymizes from the page (R13 to R17)', async () => {
    const form = page.getByRole('region', { name: 'Anonymize user data' });
    await form.getByLabel('Username').fill(system.users[0]!);
    await form.getByLabel('Irreversibly anonymize Portal data').check();
    await form.getByRole('button', { name: 'ANONYMIZE DATA' }).click();
    const dialog = page.getByRole('dialog', { name: 'GDPR Anonymize Portal data' });
    await giveAccount(dialog, 'ANONYMIZE');

    await dialog.getByText('The user is anonymized in the Portal.').waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'SAVE CERTIFICATE' }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE' }).click();

    expect(await rowsNaming(system.portal, system.users[0]!)).toEqual([]);
    await openNewest(/anonymize, user Done/);
    await page.locator('#request').getByText('The name may still be held by:').waitFor();
    expect(await page.locator('#request').innerText()).not.toContain(system.users[0]!);
    expect(errors).toEqual([]);
  }, 90_000);
});
