import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { aSource, aView, FINISHED } from '../cli/scripted-api.ts';
import {
  countRows,
  giveAccount,
  openAnonymization,
  openRetrieval,
  section,
  started,
  useConsole,
} from './open-console.ts';

const current = useConsole();
const DEEP = process.env.GDPR_TEST_DEEP === '1';
const PRESSES = DEEP ? 100 : 6;

/** Milliseconds between two presses, 30 to 200, the same in each run. */
const intervals = Array.from({ length: PRESSES }, (_, index) => 30 + ((index * 73) % 171));

const running = aView({ kind: 'anonymize', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] });

/** Presses a key, or the mouse where a button is, twice with a pause, as somebody does who is in a hurry. */
async function pressTwice(page: Page, way: 'Enter' | 'Space' | 'mouse', button: Locator, pause: number): Promise<void> {
  const box = (await button.boundingBox())!;
  await button.focus();
  for (const round of [0, 1]) {
    if (way === 'mouse') await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    else await page.keyboard.press(way);
    if (round === 0) await page.waitForTimeout(pause);
  }
}

/** Leaves the dialog of what runs, whether it asks already or not. */
async function leaveRunning(page: Page, dialog: Locator): Promise<void> {
  const [close, keep] = ['CLOSE', 'KEEP IT RUNNING'].map((name) => dialog.getByRole('button', { name, exact: true }));
  if (await close!.isVisible()) await close!.click();
  if (await keep!.isVisible()) await keep!.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('navigation').getByRole('link', { name: 'GDPR', exact: true }).click();
}

const WAYS = ['Enter', 'Space', 'mouse'] as const;

/** Nothing was confirmed on purpose, so nothing may have been sent that starts, commits or cancels. */
function expectNothingDone(): void {
  const { api } = current();
  expect(started(api)).toEqual([]);
  expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
  expect(api.calls.filter(({ route }) => route.startsWith('DELETE'))).toEqual([]);
}

function expectOneStarted(): void {
  const { api } = current();
  expect(started(api)).toHaveLength(1);
  expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
}

describe('a second press', () => {
  it('of CONTINUE starts no anonymization in any step, of ANONYMIZE starts one and cancels nothing, with a fast and a slow API', async () => {
    const { api, page } = current();
    api.views = [running];
    for (const [index, pause] of intervals.entries()) {
      const way = WAYS[index % WAYS.length]!;
      api.calls.length = 0;
      api.delayMs = index % 2 === 0 ? 0 : pause;
      const dialog = await openAnonymization(page);
      await dialog.getByLabel('Username').fill('operator');
      await dialog.getByLabel('Password').fill('sesame');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByRole('checkbox').first().check();
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByText('What will change').waitFor();
      await page.waitForTimeout(50);
      expectNothingDone();
      await dialog.getByLabel('Type the name once more').fill('anna');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }), pause);
      await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
      expectOneStarted();
      await leaveRunning(page, dialog);
    }
  });

  it('of Enter, held for two seconds, does no more than one press', async () => {
    const { api, page } = current();
    api.views = [running];
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByLabel('Type the name once more').fill('anna');
    await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).focus();
    for (let held = 0; held < 2000; held += 40) {
      await page.keyboard.down('Enter'); // the first, then repeats, as the keyboard sends them
      await page.waitForTimeout(40);
    }
    await page.keyboard.up('Enter');
    await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
    expectOneStarted();
  });

  it('of CLOSE keeps a retrieval running, and of CONTINUE cancels none (R7)', async () => {
    const { api, page } = current();
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    for (const [index, pause] of intervals.slice(0, DEEP ? 100 : 4).entries()) {
      const way = WAYS[index % WAYS.length]!;
      const dialog = await openRetrieval(page);
      await dialog.getByLabel('Username').fill('operator');
      await dialog.getByLabel('Password').fill('sesame');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
      const close = dialog.getByRole('button', { name: /^(CLOSE|KEEP IT RUNNING)$/ });
      await pressTwice(page, way, close, pause);
      await page.waitForTimeout(50);
      expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
      await leaveRunning(page, dialog);
    }
    expect(started(api)).toHaveLength(DEEP ? 100 : 4);
  });

  it('of a button on the page of a request does nothing before its tick', async () => {
    const { api, page, origin } = current();
    api.views = [aView({ state: 'RUNNING', dueAt: '2999-12-02T23:59:59.000Z' })];
    api.events = [];
    await page.goto(`${origin}/#/requests/${api.views[0]!.requestId}`);
    for (const pause of intervals.slice(0, 3)) {
      await pressTwice(page, 'mouse', page.getByRole('button', { name: 'CANCEL THE REQUEST' }).first(), pause);
      const dialog = page.getByRole('dialog');
      await dialog.getByText('What is at work stops.').waitFor();
      await page.keyboard.press('Enter');
      expectNothingDone();
      expect(await dialog.getByRole('button', { name: 'CANCEL THE REQUEST' }).isDisabled()).toBe(true);
      await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    }
  });

  it('of Enter in the fields of the page opens one dialog, and starts nothing', async () => {
    const { page } = current();
    const form = section(page, 'Retrieve user data');
    await form.getByLabel('Engine data').check();
    await form.getByLabel('Username').fill('anna');
    await form.getByLabel('Username').press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'GDPR Retrieve data' }).waitFor();
    await giveAccount(page.getByRole('dialog'));
    await expect.poll(() => started(current().api)).toHaveLength(1);
  });
});

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
  await page.setViewportSize({ width: 640, height: 450 }); // what 1280 px are at a zoom of 200 %
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
