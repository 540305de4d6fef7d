import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { aSource, aView, FINISHED } from '../cli/scripted-api.ts';
import { section, started, useConsole } from './open-console.ts';

/** What 1280 px are at a zoom of 200 %. */
const current = useConsole(640);
const MAX_TABS = 60;

/** Presses the Tab key until the focus is on the element. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await element.waitFor();
  for (let press = 0; press < MAX_TABS; press++) {
    if (await element.evaluate((found) => found === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not reach ${element}`);
}

async function press(page: Page, element: Locator, key: string): Promise<void> {
  await tabTo(page, element);
  await page.keyboard.press(key);
}

async function type(page: Page, element: Locator, text: string): Promise<void> {
  await tabTo(page, element);
  await page.keyboard.type(text);
}

it('both flows can be done by keyboard alone, at a zoom of 200 % (R3 to R8, R13 to R17)', async () => {
  const { api, page, errors } = current();
  const retrieve = section(page, 'Retrieve user data');
  const archive = { byteLength: FINISHED.byteLength, expiresAt: '2999-11-09T10:00:00.000Z' };
  api.views = [aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'DONE', 5)], archive })];
  await type(page, retrieve.getByLabel('Username'), 'anna');
  await press(page, retrieve.getByLabel('Engine data'), 'Space');
  await press(page, retrieve.getByRole('button', { name: 'DOWNLOAD DATA' }), 'Enter');
  const dialog = page.getByRole('dialog');
  await type(page, dialog.getByLabel('Username'), 'operator');
  await type(page, dialog.getByLabel('Password'), 'sesame');
  const downloading = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  await downloading;
  await press(page, dialog.getByRole('button', { name: 'CLOSE', exact: true }), 'Enter');
  await dialog.waitFor({ state: 'detached' });

  const form = section(page, 'Anonymize user data');
  api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } })];
  await type(page, form.getByLabel('Username'), 'anna');
  await press(page, form.getByRole('checkbox'), 'Space');
  await press(page, form.getByRole('button', { name: 'ANONYMIZE DATA' }), 'Enter');
  await type(page, dialog.getByLabel('Username'), 'operator');
  await type(page, dialog.getByLabel('Password'), 'sesame');
  await page.keyboard.press('Enter');
  await press(page, dialog.getByRole('checkbox').first(), 'Space');
  await press(page, dialog.getByRole('button', { name: 'CONTINUE' }), 'Enter');
  await type(page, dialog.getByLabel('Type the name once more'), 'anna');
  await press(page, dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }), 'Enter');
  await dialog.getByText('The user is anonymized in the Portal.').waitFor();

  expect(started(api)).toMatchObject([{ kind: 'retrieve' }, { kind: 'anonymize', irreversible: true }]);
  expect(errors).toEqual([]);
});
