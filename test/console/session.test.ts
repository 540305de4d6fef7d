import { describe, expect, it } from 'vitest';
import { aSource, aView, REQUEST_ID } from '../cli/scripted-api.ts';
import { logIn } from './console-host.ts';
import { giveAccount, openRetrieval, textOf, useConsole } from './open-console.ts';

const current = useConsole(true);
const ADDRESS = `#/requests/${REQUEST_ID}`;
const RUNNING = aView({
  state: 'RUNNING',
  dueAt: '2999-12-02T23:59:59.000Z',
  progress: [aSource('engine-1', 'RUNNING', 1200)],
});

describe('the session', () => {
  it('comes back to the same place after a reload and in another tab, and shows the same progress', async () => {
    const { api, page, origin, errors } = current();
    api.views = [RUNNING];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work 1,200/ }).waitFor();
    await page.reload();

    await page.getByRole('row', { name: /engine-1 At work 1,200/ }).waitFor();
    expect(page.url()).toBe(`${origin}/${ADDRESS}`);
    expect(await page.getByRole('dialog').count()).toBe(0);
    const otherTab = await page.context().newPage();
    await otherTab.goto(`${origin}/${ADDRESS}`);
    await otherTab.getByRole('row', { name: /engine-1 At work 1,200/ }).waitFor();
    await otherTab.close();
    expect(errors).toEqual([]);
  });

  it('that has ended says so, and comes back to the same place after a new log-in', async () => {
    const { api, page, origin } = current();
    api.views = [RUNNING];
    await page.goto(`${origin}/${ADDRESS}`);
    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    api.acceptsToken = false;
    await page.getByText('The session has ended').first().waitFor();
    api.acceptsToken = true;
    await page.getByRole('button', { name: 'LOG IN' }).first().click();

    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    expect(page.url()).toBe(`${origin}/${ADDRESS}`);
  });

  it('shows who is logged in and what they may do, and ends with LOG OUT (R0)', async () => {
    const { page, identity } = current();
    await page.getByRole('button', { name: 'Operator', exact: true }).click();
    await page.getByRole('menuitem', { name: 'LOG OUT' }).click();
    await page.getByRole('button', { name: 'Log out', exact: true }).click(); // the issuer asks
    await page.getByRole('button', { name: 'LOG IN' }).waitFor();
    expect(await page.getByRole('tab', { name: 'APPLIANCE' }).count()).toBe(0);
    await logIn(page, identity, 'approver');

    await page.getByText('Your account may neither retrieve nor anonymize.').waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Appliance',
      'GDPR',
      'Requests',
    ]);
    await page.getByRole('button', { name: 'Approver', exact: true }).click();
    await page.getByRole('menuitem', { name: 'LOG OUT' }).click();
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await page.getByRole('button', { name: 'LOG IN' }).waitFor();
    await logIn(page, identity);
  });

  it('leaves no password, name or token in address, storage, or what the page sends on (R24)', async () => {
    const { api, page, origin } = current();
    api.views = [RUNNING];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie]),
    );

    for (const secret of ['sesame', 'anna', 'eyJ']) expect(kept).not.toContain(secret);
    expect(api.calls.map(({ headers }) => headers.referer).filter(Boolean)).toEqual([]);
    expect(page.url().startsWith(`${origin}/#/requests/`)).toBe(true);
  });
});

it('two changes of the address at once are two visits, and no dialog of the one before stays', async () => {
  const { page } = current();
  const dialog = await openRetrieval(page);
  await dialog.waitFor();
  await page.evaluate(() => {
    for (const address of ['#/requests', '#/gdpr']) location.hash = address;
  });
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Retrieve user data' }).waitFor();
});

describe('an outage', () => {
  it('is told with the time of the last answer, and ends by itself', async () => {
    const { api, page, origin, toggleOutage } = current();
    api.views = [RUNNING];
    await page.goto(`${origin}/${ADDRESS}`);
    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    toggleOutage();
    await page.getByText('Connection lost').waitFor({ timeout: 5000 });
    expect(await textOf(page.getByRole('alert').first())).toMatch(/Last seen \d+ seconds? ago/);
    toggleOutage();

    await page.getByText('Connection lost').waitFor({ state: 'detached' });
    expect(await page.getByRole('row', { name: /engine-1 At work/ }).isVisible()).toBe(true);
    await page.goto(`${origin}/#/gdpr`);
    await page.getByRole('heading', { name: 'Retrieve user data' }).waitFor();
    toggleOutage();
    await page.goto(`${origin}/${ADDRESS}`); // nothing was ever seen of it
    await page.getByText('Connection lost').waitFor({ timeout: 5000 });
    toggleOutage();
    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
  });

  it('of the network is told too, and Back and Forward lead between the pages', async () => {
    const { api, page, origin } = current();
    api.views = [RUNNING];
    api.pages = [[aView({ reference: 'HR-7' })]];
    await page.goto(`${origin}/#request=${REQUEST_ID}`); // how tickets were linked before
    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    await page.goto(`${origin}/#/requests`);
    await page.getByRole('link', { name: 'HR-7' }).click();
    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost').waitFor({ timeout: 5000 });
    await page.context().setOffline(false);
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByRole('link', { name: 'HR-7' }).waitFor();
    await page.goForward();

    await page.getByRole('row', { name: /engine-1 At work/ }).waitFor();
  });
});
