import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ARCHIVE, aFinding, aSource, aView, FINISHED, INTERNAL_PROBLEM, REQUEST_ID } from '../cli/scripted-api.ts';
import { giveAccount, openRetrieval, section, started, textOf, useConsole } from './open-console.ts';

const current = useConsole();
const RETRIEVE = 'Retrieve user data';
const LATER = { expiresAt: '2999-11-09T10:00:00.000Z', byteLength: FINISHED.byteLength };

describe('Retrieve user data', () => {
  it('shows tab, menu entry, sections and fields with their exact labels (R0, R13)', async () => {
    const { page, errors } = current();
    expect(await page.getByRole('tab', { name: 'APPLIANCE' }).isVisible()).toBe(true);
    expect(await page.getByRole('navigation').getByRole('link', { name: 'GDPR', exact: true }).isVisible()).toBe(true);

    for (const name of ['Username', 'Device name']) {
      expect(await section(page, RETRIEVE).getByRole('textbox', { name, exact: true }).isVisible()).toBe(true);
      expect(await section(page, 'Anonymize user data').getByRole('textbox', { name, exact: true }).isVisible()).toBe(
        true,
      );
    }
    for (const name of ['Engine data', 'Portal data']) {
      expect(await section(page, RETRIEVE).getByRole('checkbox', { name }).isVisible()).toBe(true);
    }
    expect(await page.getByRole('checkbox', { name: 'Irreversibly anonymize Portal data' }).isVisible()).toBe(true);
    expect(await page.getByText('legal department').isVisible()).toBe(true);
    expect(errors).toEqual([]);
  });

  it('refuses both names (R1), none, and no box (R2), and starts nothing', async () => {
    const { page } = current();
    const form = section(page, RETRIEVE);
    const button = form.getByRole('button', { name: 'DOWNLOAD DATA' });
    await button.click();
    await form.getByText('Fill in Username or Device name.').waitFor();
    await form.getByText('Tick Engine data, Portal data, or both.').waitFor();
    await form.getByLabel('Username').fill(' anna');
    await form.getByText('begins or ends with a blank').waitFor();
    await form.getByLabel('Device name').fill('LAPTOP-7');
    await form.getByLabel('Engine data').check();
    await button.click();

    await form.getByText('not both').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('states first what will happen (R3), and lists the Engines by itself once the account is filled in (R4, R5)', async () => {
    const { api, page, errors } = current();
    const engine = { timezone: 'UTC', version: '6.30.4', status: 'CONNECTED' };
    const finding = { code: 'no-licence', severity: 'fault', detail: 'answered 403', setting: 'licence' } as const;
    api.engines = {
      federation: 'all-listed',
      engines: [
        { ...engine, engineId: 'e1', name: 'engine-1', state: 'READY', findings: [] },
        { ...engine, engineId: 'e2', name: 'engine-2', state: 'NOT_READY', findings: [finding] },
      ],
    };
    const dialog = await openRetrieval(page);

    expect(await textOf(dialog)).toContain('all activity that the federated Engines have recorded');
    expect(await dialog.getByRole('button', { name: 'Engines List' }).isDisabled()).toBe(true);
    expect(await dialog.getByRole('button', { name: 'CONTINUE' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Username').fill('operator');
    await dialog.getByLabel('Password').fill('sesame');
    await dialog.getByLabel('Username').focus();

    await dialog.getByRole('row', { name: /engine-1 Ready/ }).waitFor();
    await dialog.getByRole('row', { name: /engine-2 Will be missing It has no Nexthink Integrate licence/ }).waitFor();
    expect(started(api)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('shows progress per Engine (R6), then downloads gdpr-data.tar.gz by itself and again on CLICK HERE (R8)', async () => {
    const { api, errors, page } = current();
    const running = {
      ...aSource('engine-1', 'RUNNING', 1200),
      phase: 'QUERYING' as const,
      current: 'engines/execution.csv',
    };
    api.views = [
      ...Array<ReturnType<typeof aView>>(3).fill(aView({ state: 'RUNNING', progress: [running] })),
      aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'DONE', 1300)], archive: LATER }),
    ];
    const dialog = await openRetrieval(page);

    const first = page.waitForEvent('download');
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work 1,200 120 kB Reading: engines\/execution.csv/ }).waitFor();
    const byItself = await first;
    const second = page.waitForEvent('download');
    await dialog.getByRole('link', { name: 'CLICK HERE' }).click();

    expect(byItself.suggestedFilename()).toBe('gdpr-data.tar.gz');
    expect(await readFile(await byItself.path())).toEqual(ARCHIVE);
    expect((await second).suggestedFilename()).toBe('gdpr-data.tar.gz');
    expect(started(api)).toEqual([
      {
        kind: 'retrieve',
        subject: { kind: 'user', name: 'anna' },
        sources: ['engine'],
        login: { username: 'operator', password: 'sesame' },
      },
    ]);
    expect(page.url()).toBe(`${current().origin}/#/requests/${REQUEST_ID}`);
    await dialog.getByRole('button', { name: 'Files in the archive (1)' }).click();
    await dialog.getByText('engines/execution.csv: 1,300 rows').waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
  });

  it('shows a name that several accounts share as several, and starts with those that are chosen (R1)', async () => {
    const { api, page } = current();
    api.subjects = aFinding(['anna@CORP', 'anna@LAB']);
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByText('Which of these people?').waitFor();
    const next = dialog.getByRole('button', { name: 'CONTINUE' });
    expect(await next.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: 'anna@LAB' }).check();
    await next.click();

    await expect.poll(() => started(api)).toMatchObject([{ subject: { name: 'anna', accounts: ['anna@LAB'] } }]);
  });

  it('asks before it goes on with a name that nobody has, so that no second press of CONTINUE starts it (R12)', async () => {
    const { api, page } = current();
    api.subjects = aFinding([], { nearNames: ['annab'] });
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByText('Names that are alike: annab.').waitFor();
    const next = dialog.getByRole('button', { name: 'CONTINUE' });
    expect(await next.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: 'Continue with “anna” anyway' }).check();
    await next.click();

    await expect.poll(() => started(api)).toMatchObject([{ subject: { kind: 'user', name: 'anna' } }]);
    expect(JSON.stringify(started(api))).not.toContain('accounts');
  });

  it('repeats a start whose end is not known under the same key, so that nothing is started twice', async () => {
    const { api, page } = current();
    api.failedStarts.push(INTERNAL_PROBLEM, 'broken');
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();

    const starts = api.calls.filter(({ route }) => route === 'POST /v1/requests');
    expect(starts).toHaveLength(3);
    expect(new Set(starts.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('asks once on CLOSE, by key too: keeps it running, or cancels and downloads nothing (R7)', async () => {
    const { api, page } = current();
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    api.duplicates = { duplicates: [], otherDuplicates: 2 };
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
    await dialog.getByRole('button', { name: 'KEEP IT RUNNING' }).click();
    await page.getByRole('heading', { name: 'Progress' }).waitFor(); // its own page, where it goes on
    expect(await textOf(page.getByRole('main'))).toContain('Others about the same 2 in all');
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);

    await page.getByRole('navigation').getByRole('link', { name: 'GDPR', exact: true }).click();
    await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'CANCEL THE RETRIEVAL' }).click();
    await dialog.getByText('Cancelled. Nothing was kept').waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();

    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(1);
    expect(api.bodies('POST /v1/requests/{id}/links')).toEqual([]);
  });

  it('names what is missing, why and what to do, downloads the rest, and queries it again with a fresh login (R12)', async () => {
    const { api, page, errors } = current();
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineNotConnectedError' };
    const progress = [aSource('engine-1', 'DONE', 5), missing];
    const archive = { ...LATER, fileName: 'gdpr-data-partial.tar.gz' };
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive })];
    const whole = [aSource('engine-1', 'DONE', 5), aSource('engine-2', 'DONE', 3)];
    api.afterRerun = [aView({ state: 'COMPLETED', attempt: 2, progress: whole, archive: LATER })];
    const dialog = await openRetrieval(page);
    const download = page.waitForEvent('download');
    await giveAccount(dialog);
    await download;

    const text = await textOf(dialog);
    expect(text).toContain('The archive is incomplete. Missing');
    expect(text).toContain('engine-2: The Portal is not connected to it.');
    expect(text).toContain('gdpr-data-partial.tar.gz, which is incomplete');
    expect(text).not.toMatch(/UNREACHABLE|EngineNotConnectedError/);
    await dialog.getByRole('button', { name: 'QUERY WHAT IS MISSING' }).click();
    await page.getByRole('main').getByRole('button', { name: 'QUERY WHAT IS MISSING' }).click(); // on its own page
    await giveAccount(page.getByRole('dialog', { name: 'QUERY WHAT IS MISSING' }));
    await page.getByRole('row', { name: /engine-2 Done/ }).waitFor();

    expect(api.bodies('POST /v1/requests/{id}/rerun').map((body) => JSON.parse(body) as unknown)).toEqual([
      { login: { username: 'operator', password: 'sesame' } },
    ]);
    expect(api.bodies('POST /v1/requests')).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('warns of the data of other people on a device, and sends what makes it a case (R31)', async () => {
    const { api, page } = current();
    const form = section(page, RETRIEVE);
    await form.getByLabel('Device name').fill('LT-101');
    await form.getByLabel('Engine data').check();
    await form.getByLabel('Replace the names of other people').check();
    await form.getByRole('button', { name: 'Case' }).click();
    await form.getByLabel('Reference').fill('HR-2026-17');
    await form.getByLabel('Received on').fill('2026/11/02');
    await form.getByLabel('Recipients').fill('a, b');
    await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
    const dialog = page.getByRole('dialog', { name: 'GDPR Retrieve data' });
    await dialog.getByText('Names of other people who used this device are replaced').waitFor();
    await giveAccount(dialog);

    await expect
      .poll(() => started(api))
      .toMatchObject([{ coUsers: 'mask', reference: 'HR-2026-17', receivedAt: '2026-11-02', recipients: ['a', 'b'] }]);
  });

  it('shows a refused account at its field until it is corrected, and keeps what was typed (R4, R23)', async () => {
    const { api, page } = current();
    const problem = { type: '/problems/login-refused', title: 'x', status: 403, detail: 'Check both.' };
    api.refusals.set('POST /v1/subjects', problem);
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);

    await dialog.getByText('User name or password is wrong. The Nexthink account is meant').first().waitFor();
    expect(await dialog.getByLabel('Username').inputValue()).toBe('operator');
    expect(started(api)).toEqual([]);
    await dialog.getByLabel('Password').fill('corrected');
    await dialog.getByText('User name or password is wrong.').first().waitFor({ state: 'detached' });
  });

  it('tries a wrong password once, also when Enter sends it: accounts lock (R4)', async () => {
    const { api, page } = current();
    const problem = { type: '/problems/login-refused', title: 'x', status: 403, detail: 'Check both.' };
    api.refusals.set('POST /v1/subjects', problem);
    const dialog = await openRetrieval(page);
    await dialog.getByLabel('Username').fill('operator');
    await dialog.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByText('User name or password is wrong. The Nexthink account is meant').first().waitFor();
    await page.waitForTimeout(600); // longer than the list waits

    expect(api.bodies('POST /v1/subjects')).toHaveLength(1);
    expect(api.bodies('POST /v1/engines')).toEqual([]);
  });

  it('says that nothing was found under that name, and not that something is missing (R12)', async () => {
    const { api, page } = current();
    api.manifest = { ...api.manifest, complete: false };
    api.views = [aView({ state: 'NOTHING_FOUND', progress: [aSource('engine-1', 'EMPTY')], archive: LATER })];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);

    await dialog.getByText('Nothing was found under that name, and every source').waitFor();
    await dialog.getByRole('button', { name: 'Files in the archive' }).waitFor();
    expect(await textOf(dialog)).not.toContain('missing');
  });
});
