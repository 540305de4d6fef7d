import { readFile } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { untar } from '../support/archive.ts';
import { launchBrowser, SHORT_LIVED } from '../support/browser.ts';
import { rowsNaming } from '../support/portal.ts';

let system: LocalSystem;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  system = await startLocalSystem({ engines: 2, rows: 300 });
  browser = await launchBrowser(SHORT_LIVED);
  page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce' });
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(system.apiUrl);
  const { username, password } = system.consoleLogin;
  await page.getByRole('button', { name: 'LOG IN' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
});

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

async function giveAccount(dialog: Locator): Promise<void> {
  await dialog.getByLabel('Username').fill(system.login.username);
  await dialog.getByLabel('Password').fill(system.login.password);
}

async function openNewest(kind: string): Promise<void> {
  await page.getByRole('link', { name: 'Requests' }).click();
  await page.getByRole('row', { name: kind }).first().getByRole('link').click();
}

describe('the console on the running system', () => {
  it('retrieves from the page, and the file downloads by itself (R0 to R8)', async () => {
    const form = page.getByRole('region', { name: 'Retrieve user data' });
    await form.getByLabel('Username').fill(system.users[0]!);
    await form.getByLabel('Engine data').check();
    await form.getByLabel('Portal data').check();
    await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
    const dialog = page.getByRole('dialog', { name: 'GDPR Retrieve data' });
    await giveAccount(dialog);
    await dialog.getByLabel('Username').focus();
    await dialog.getByRole('row', { name: /engine-2 Ready/ }).waitFor();
    const downloading = page.waitForEvent('download', { timeout: 60_000 });
    await dialog.getByRole('button', { name: 'CONTINUE' }).click();
    const download = await downloading;

    expect(download.suggestedFilename()).toBe('gdpr-data.tar.gz');
    const files = await untar(await readFile(await download.path()));
    expect(files['engines/user.csv']!.split('\r\n').length).toBeGreaterThan(2);
    expect(files['portal/users.csv']).toContain(system.users[0]!);
    await dialog.getByRole('link', { name: 'CLICK HERE' }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
    expect(errors).toEqual([]);
  }, 90_000);

  it('lists it, shows it on its page with its trail, and deletes the archive for good', async () => {
    const main = page.getByRole('main');
    await openNewest('Retrieve, user');
    const [downloaded] = await Promise.all([
      page.waitForEvent('download'),
      main.getByRole('button', { name: 'DOWNLOAD', exact: true }).click(),
    ]);
    expect(downloaded.suggestedFilename()).toBe('gdpr-data.tar.gz');
    await main.getByRole('row', { name: /Requested you/ }).waitFor();
    expect(await main.innerText()).not.toContain(system.users[0]!);

    await main.getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    await main.getByText('Deleted at').waitFor();
    await main.getByRole('row', { name: /Archive deleted you/ }).waitFor();

    expect(page.url()).toMatch(/#\/requests\/[\da-f-]{36}$/);
    expect(errors).toEqual([]);
    await page.getByRole('link', { name: 'GDPR', exact: true }).click();
  }, 60_000);

  it('rehearses and anonymizes from the page (R13 to R17)', async () => {
    const form = page.getByRole('region', { name: 'Anonymize user data' });
    await form.getByLabel('Username').fill(system.users[0]!);
    await form.getByLabel('Irreversibly anonymize Portal data').check();
    await form.getByRole('button', { name: 'ANONYMIZE DATA' }).click();
    const dialog = page.getByRole('dialog', { name: 'GDPR Anonymize Portal data' });
    await giveAccount(dialog);
    await dialog.getByRole('button', { name: 'CONTINUE' }).click();
    await dialog.getByRole('checkbox', { name: system.users[0]! }).check();
    await dialog.getByRole('button', { name: 'CONTINUE' }).click();
    await dialog.getByRole('button', { name: 'REHEARSE' }).click();
    await dialog.getByText('The rehearsal succeeded').waitFor({ timeout: 60_000 });
    expect(await rowsNaming(system.portal, system.users[0]!)).not.toEqual([]);
    await dialog.getByLabel('Type the name once more').fill(system.users[0]!);
    await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).click();
    await dialog.getByText('The user is anonymized in the Portal.').waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'SAVE CERTIFICATE' }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();

    expect(await rowsNaming(system.portal, system.users[0]!)).toEqual([]);
    await openNewest('Anonymize, user');
    await page.getByText('The name may still be held by:').waitFor();
    expect(await page.getByRole('main').innerText()).not.toContain(system.users[0]!);
    expect(errors).toEqual([]);
  }, 90_000);

  it('shows operators the check, where a device is, its removal, and what arrives at the Engines (R28, R29, R32)', async () => {
    await page.getByRole('link', { name: 'System check' }).click();
    await page.getByRole('row', { name: /Bucket Ready/ }).waitFor();
    await page.getByRole('link', { name: 'Devices and redirection' }).click();
    const main = page.getByRole('main');
    await main.getByLabel('Username').fill(system.login.username);
    await main.getByLabel('Password').fill(system.login.password);
    await main.getByRole('button', { name: 'MEASURE' }).click();
    await main.getByText('Clear names still arrive.').waitFor();
    await main.getByLabel('Device name').fill(system.devices[0]!);
    await main.getByLabel('Device name').press('Enter');
    await main
      .getByRole('row', { name: /engine-\d Holds it/ })
      .first()
      .waitFor();
    await main.getByRole('button', { name: 'START THE REMOVAL' }).click();
    await main.getByRole('heading', { name: 'Progress' }).waitFor();
    await main
      .getByRole('row', { name: /engine-\d Holds it/ })
      .first()
      .waitFor();

    expect(await main.innerText()).not.toContain(system.devices[0]!);
    expect(errors).toEqual([]);
  }, 60_000);
});
