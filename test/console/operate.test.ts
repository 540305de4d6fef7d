import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { aView, REQUEST_ID } from '../cli/scripted-api.ts';
import { section, started, textOf, useConsole } from './open-console.ts';
import { aDeviceThere, aRemoval, aReport, aTraffic } from './operate-answers.ts';

const current = useConsole();
const LOGIN = { username: 'operator', password: 'sesame' };

/** Opens a page by its entry in the menu. */
async function openPage(title: string): Promise<Page> {
  const { page } = current();
  await page.getByRole('navigation').getByRole('link', { name: title }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  return page;
}

/** Opens `Devices and redirection` and fills in the account. */
async function openEngines(): Promise<Page> {
  const page = await openPage('Devices and redirection');
  await page.getByLabel('Username').fill(LOGIN.username);
  await page.getByLabel('Password').fill(LOGIN.password);
  return page;
}

describe('System check', () => {
  it('shows faults first with what to change, checks again, and says when it is refused (R32)', async () => {
    const { api, errors } = current();
    api.doctor = aReport;
    api.delayMs = 200;
    const page = await openPage('System check');
    const again = page.getByRole('button', { name: 'CHECK AGAIN' });
    expect(await again.isDisabled()).toBe(true);
    const rows = page.getByRole('table', { name: 'System check' }).getByRole('row');
    await rows.nth(5).waitFor();
    const texts = await rows.allTextContents();
    expect(texts.slice(1).map((text) => /Fault|Warning|Not measured|Not set up|Ready/.exec(text)?.[0])).toEqual([
      'Fault',
      'Warning',
      'Not measured',
      'Not set up',
      'Ready',
    ]);
    expect(texts[1]).toMatch(/engine-2.*No answer within 25 s.*engines\.engine-2/);
    await page.getByRole('status').getByText('Something is not ready').waitFor();
    api.delayMs = 0;
    api.refusals.set('GET /v1/doctor', { type: '/problems/internal', title: 'x', status: 500, detail: 'x' });
    await again.focus();
    await page.keyboard.press('Enter');
    await page.getByText('The system failed.').waitFor();

    expect(api.calls.filter(({ route }) => route === 'GET /v1/doctor')).toHaveLength(2);
    expect(errors).toEqual([]);
  });
});

describe('Devices and redirection', () => {
  it('finds a device by keyboard alone, shows its steps, and starts its removal as a case (R28)', async () => {
    const { api } = current();
    api.device = aDeviceThere;
    api.views = [aView({ kind: 'remove', subjectKind: 'device', state: 'AWAITING_REMOVAL' })];
    const page = await openEngines();
    const where = section(page, 'Where is a device?');
    expect(await where.getByRole('button', { name: 'FIND THE DEVICE' }).isDisabled()).toBe(true);
    await where.getByLabel('Device name').focus();
    await page.keyboard.type('LT-101');
    await page.keyboard.press('Enter');
    const row = where.getByRole('row', { name: /engine-1/ });
    await row.waitFor();
    expect(await textOf(row)).toMatch(
      /Holds it.*LT-101: last active 2 Nov 2026; storage: default; used in 30 days by: anna@CORP.*Uninstall the Collector/,
    );
    expect(await textOf(where.getByRole('row', { name: /engine-3/ }))).toMatch(/may hold it.*took too long/);
    const remove = section(page, 'Remove it as a case');
    await remove.getByRole('button', { name: 'Case' }).press('Enter');
    await remove.getByLabel('Reference').fill('HR-9');
    await remove.getByRole('button', { name: 'START THE REMOVAL' }).press('Enter');
    await page.getByText('Waits until the device is removed').waitFor();

    const subject = { kind: 'device', name: 'LT-101' };
    expect(started(api)).toEqual([{ kind: 'remove', subject, login: LOGIN, reference: 'HR-9' }]);
    await expect.poll(() => api.bodies('POST /v1/devices/where')).toHaveLength(2);
    expect(page.url()).toContain(`#/requests/${REQUEST_ID}`);
    expect(page.url()).not.toContain('LT-101');
  });

  it('starts no second removal, and none of what no Engine holds; another name forgets the answer', async () => {
    const { api } = current();
    api.device = { ...aDeviceThere, requestIds: [REQUEST_ID] };
    const page = await openEngines();
    const name = page.getByLabel('Device name');
    await name.fill('LT-101');
    await name.press('Enter');
    await page.getByRole('link', { name: REQUEST_ID }).waitFor();
    expect(await section(page, 'Remove it as a case').count()).toBe(0);
    await name.fill('LT-102');
    await page.getByRole('link', { name: REQUEST_ID }).waitFor({ state: 'detached' });
    api.device = { ...aDeviceThere, engines: [aDeviceThere.engines[1]!] };
    await name.press('Enter');
    await page.getByText('No Engine is known to hold it').waitFor();

    expect(await section(page, 'Remove it as a case').count()).toBe(0);
  });

  it('measures what arrives at each Engine, since when, and what to switch on (R29)', async () => {
    const { api } = current();
    api.redirection = aTraffic;
    const page = await openEngines();
    const arrives = section(page, 'What arrives at the Engines');
    await arrives.getByRole('button', { name: 'MEASURE' }).press('Enter');
    const row = arrives.getByRole('row', { name: /engine-1/ });
    await row.waitFor();

    expect(await row.getByRole('cell').allTextContents()).toEqual([
      'Clear names and in another form too, since 1 Nov 2026',
      'Hashed since 31 Oct 2026',
      'Absent',
      'Not known',
    ]);
    await arrives.getByText(aTraffic.advice[0]!).waitFor();
    expect(await textOf(arrives.getByRole('row', { name: /engine-2/ }))).toMatch(/refused the account.*Not known/);
  });

  it('says clearly what the API refuses (R23)', async () => {
    const { api } = current();
    const problem = { type: '/problems/login-refused', title: 'x', status: 403, detail: 'x' };
    api.refusals.set('POST /v1/redirection', problem);
    const page = await openEngines();
    await section(page, 'What arrives at the Engines').getByRole('button', { name: 'MEASURE' }).click();

    await page.getByText('The Nexthink account is meant').waitFor();
  });
});

it('the page of a removal shows its Engines with the open steps, and the checks (R28)', async () => {
  const { api, page, origin } = current();
  api.views = [aView({ kind: 'remove', subjectKind: 'device', state: 'AWAITING_REMOVAL', removal: aRemoval })];
  await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
  const row = page.getByRole('row', { name: /engine-1/ });
  await row.waitFor();

  expect(await textOf(row)).toMatch(/Holds it.*3 Nov 2026, 10:00 UTC.*Storage = remove.*24 hours/);
  await page.getByText('1 of 3 Engines holds it, as checked at 3 Nov 2026').waitFor();
  await page.getByText('The next check is at 4 Nov 2026').waitFor();
  await page.getByText('To check it at once').waitFor();
  expect(await page.getByRole('table', { name: 'Progress of each source' }).count()).toBe(0);
});
