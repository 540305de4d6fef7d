import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { aFinding, aSource, aView } from '../cli/scripted-api.ts';
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

describe('a second press', () => {
  it('of CONTINUE starts no anonymization, in any step, with a fast and a slow API', async () => {
    const { api, page } = current();
    api.subjects = aFinding(['anna@CORP']);
    for (const [index, pause] of intervals.entries()) {
      const way = WAYS[index % WAYS.length]!;
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
      await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    }
  });

  it('of ANONYMIZE starts one, and cancels nothing; Enter held for two seconds does no more', async () => {
    const { api, page } = current();
    api.views = [running];
    for (const [index, pause] of intervals.slice(0, DEEP ? 100 : 4).entries()) {
      api.calls.length = 0;
      api.delayMs = index % 2 === 0 ? 0 : pause;
      const dialog = await openAnonymization(page);
      await countRows(dialog);
      await dialog.getByLabel('Type the name once more').fill('anna');
      const go = dialog.getByRole('button', { name: 'ANONYMIZE', exact: true });
      if (index === 0) {
        await go.focus();
        await page.keyboard.down('Enter');
        for (let held = 0; held < 2000; held += 40) {
          await page.keyboard.down('Enter'); // a repeat, as the keyboard sends it
          await page.waitForTimeout(40);
        }
        await page.keyboard.up('Enter');
      } else {
        await pressTwice(page, WAYS[index % WAYS.length]!, go, pause);
      }
      await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
      expect(started(api)).toHaveLength(1);
      expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
      await leaveRunning(page, dialog);
    }
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
