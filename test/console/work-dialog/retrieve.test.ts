import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ARCHIVE, aSource, aView, FINISHED, INTERNAL_PROBLEM } from '../../cli/scripted-api.ts';
import { giveAccount, openRetrieval, section, started, textOf, useConsole } from '../open-console.ts';

const current = useConsole();
const RETRIEVE = 'Retrieve user data';

describe('Retrieve user data', () => {
  it('refuses both names (R1), none, and no box (R2), and starts nothing', async () => {
    const { page } = current();
    const button = section(page, RETRIEVE).getByRole('button', { name: 'DOWNLOAD DATA' });
    await button.click();
    const none = await textOf(section(page, RETRIEVE).getByRole('alert'));
    await section(page, RETRIEVE).getByLabel('Username').fill('anna');
    await button.click();
    const noBox = await textOf(section(page, RETRIEVE).getByRole('alert'));
    await section(page, RETRIEVE).getByLabel('Device name').fill('LAPTOP-7');
    await section(page, RETRIEVE).getByLabel('Engine data').check();
    await button.click();
    const both = await textOf(section(page, RETRIEVE).getByRole('alert'));

    expect(none).toContain('Fill in Username or Device name.');
    expect(noBox).toContain('Tick Engine data, Portal data, or both.');
    expect(both).toContain('not both');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('states first what is about to happen (R3), then shows the Engines list for the account given (R4, R5)', async () => {
    const { api, page } = current();
    const engine = { timezone: 'UTC', version: '6.30.4' };
    const engines = [
      { ...engine, engineId: 'e1', name: 'engine-1', status: 'CONNECTED', state: 'READY' as const, findings: [] },
      {
        ...engine,
        engineId: 'e2',
        name: 'engine-2',
        status: 'DISCONNECTED',
        state: 'NOT_READY' as const,
        findings: [],
      },
    ];
    api.engines = { federation: 'all-listed', engines };
    const open = await openRetrieval(page);

    expect(await textOf(open)).toContain('all activity that the federated Engines have recorded');
    expect(await open.getByRole('button', { name: 'Engines List' }).isDisabled()).toBe(true);
    expect(await open.getByRole('button', { name: 'CONTINUE' }).isDisabled()).toBe(true);
    await open.getByLabel('Username').fill('operator');
    await open.getByLabel('Password').fill('sesame');
    await open.getByRole('button', { name: 'Engines List' }).click();

    await open.getByText('engine-1: CONNECTED').waitFor();
    expect(await open.getByText('engine-2: DISCONNECTED, will be missing').isVisible()).toBe(true);
    expect(started(api)).toEqual([]);
  });

  it('shows progress per Engine (R6), then downloads gdpr-data.tar.gz by itself and again on CLICK HERE (R8)', async () => {
    const { api, errors, page } = current();
    const running = { ...aSource('engine-1', 'RUNNING', 1200), current: 'engines/execution.csv' };
    api.views = [
      ...Array<ReturnType<typeof aView>>(3).fill(aView({ state: 'RUNNING', progress: [running] })),
      aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'DONE', 1300)], archive: FINISHED }),
    ];
    const open = await openRetrieval(page);

    const first = page.waitForEvent('download');
    await giveAccount(open, 'CONTINUE');
    await open.getByRole('row', { name: /engine-1 RUNNING 1,200 120 kB engines\/execution.csv/ }).waitFor();
    const byItself = await first;
    const second = page.waitForEvent('download');
    await open.getByRole('link', { name: 'CLICK HERE' }).click();
    const again = await second;

    expect(byItself.suggestedFilename()).toBe('gdpr-data.tar.gz');
    expect(await readFile(await byItself.path())).toEqual(ARCHIVE);
    expect(again.suggestedFilename()).toBe('gdpr-data.tar.gz');
    expect(api.bodies('POST /v1/requests/{id}/links')).toHaveLength(2);
    expect(started(api)).toEqual([
      {
        kind: 'retrieve',
        subject: { kind: 'user', name: 'anna' },
        sources: ['engine'],
        login: { username: 'operator', password: 'sesame' },
      },
    ]);
    expect(await page.locator('dialog [name=password]').inputValue()).toBe('');
    await open.getByRole('button', { name: 'CLOSE' }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('repeats a start whose end is not known under the same key, so that nothing is started twice', async () => {
    const { api, page } = current();
    api.failedStarts.push(INTERNAL_PROBLEM, 'broken');
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    const open = await openRetrieval(page);
    await giveAccount(open, 'CONTINUE');
    await open.getByRole('row', { name: /engine-1 RUNNING/ }).waitFor();

    const starts = api.calls.filter(({ route }) => route === 'POST /v1/requests');
    expect(starts).toHaveLength(3);
    expect(new Set(starts.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('cancels on CLOSE, by key too, and downloads nothing (R7)', async () => {
    const { api, page } = current();
    for (const close of ['button', 'key']) {
      api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
      const open = await openRetrieval(page);
      await giveAccount(open, 'CONTINUE');
      await open.getByRole('row', { name: /engine-1 RUNNING/ }).waitFor();

      if (close === 'button') await open.getByRole('button', { name: 'CLOSE' }).click();
      else await page.keyboard.press('Escape');
      await open.getByText('Cancelled. Nothing was kept.').waitFor();
      await open.getByRole('button', { name: 'CLOSE' }).click();

      expect(await page.getByRole('dialog').count()).toBe(0);
    }
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(2);
    expect(api.bodies('POST /v1/requests/{id}/links')).toEqual([]);
  });

  it('names the Engine that is missing, and why, and downloads the rest (R12)', async () => {
    const { api, page } = current();
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineUnavailableError' };
    const progress = [aSource('engine-1', 'DONE', 5), missing];
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive: FINISHED })];
    const open = await openRetrieval(page);

    const download = page.waitForEvent('download');
    await giveAccount(open, 'CONTINUE');
    await download;

    const alert = open.getByRole('alert').filter({ hasText: 'Missing' });
    expect(await textOf(alert)).toContain('engine-2 did not answer, or is not connected to the Portal');
    expect(await textOf(alert)).toContain('EngineUnavailableError');
  });

  it('says first that the archive is incomplete, and asks the missing Engine again with a fresh login (decision 23)', async () => {
    const { api, page, errors } = current();
    const partial = { ...FINISHED, fileName: 'gdpr-data-partial.tar.gz' };
    const progress = [aSource('engine-1', 'DONE', 5), aSource('engine-2', 'TIMED_OUT')];
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive: partial })];
    const whole = [aSource('engine-1', 'DONE', 5), aSource('engine-2', 'DONE', 3)];
    api.afterRerun = [aView({ state: 'COMPLETED', attempt: 2, progress: whole, archive: FINISHED })];
    const open = await openRetrieval(page);
    await giveAccount(open, 'CONTINUE');
    await open.getByText('This archive is incomplete. Missing').waitFor();
    await open.getByText('The download of gdpr-data-partial.tar.gz, which is incomplete, starts by itself').waitFor();

    await open.getByRole('button', { name: 'ASK MISSING ONES AGAIN' }).click();
    const download = page.waitForEvent('download');
    await giveAccount(open, 'CONTINUE');
    await download;

    expect(api.bodies('POST /v1/requests/{id}/rerun').map((body) => JSON.parse(body) as unknown)).toEqual([
      { login: { username: 'operator', password: 'sesame' } },
    ]);
    expect(api.bodies('POST /v1/requests')).toHaveLength(1);
    expect(await open.getByText('incomplete').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('says that the archive is what it was before when a rerun is cancelled', async () => {
    const { api, page } = current();
    const partial = aView({
      state: 'COMPLETED_WITH_ERRORS',
      attempt: 2,
      progress: [aSource('engine-1', 'DONE', 5), aSource('engine-2', 'CANCELLED')],
      archive: FINISHED,
    });
    api.views = [{ ...partial, attempt: 1 }];
    api.afterRerun = [aView({ state: 'RUNNING', attempt: 2, progress: [aSource('engine-2', 'RUNNING')] })];
    api.ending = [partial];
    const open = await openRetrieval(page);
    await giveAccount(open, 'CONTINUE');
    await open.getByRole('button', { name: 'ASK MISSING ONES AGAIN' }).click();
    await giveAccount(open, 'CONTINUE');
    await open.getByRole('row', { name: /engine-2 RUNNING/ }).waitFor();
    await open.getByRole('button', { name: 'CLOSE' }).click();
    await open.getByText('Cancelled. The archive is what it was before.').waitFor();
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(1);
  });

  it('warns of the data of other people on a device, and asks for stand-ins when ticked', async () => {
    const { api, page } = current();
    const form = section(page, 'Retrieve user data');
    await form.getByLabel('Device name').fill('LT-101');
    await form.getByLabel('Engine data').check();
    await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
    const first = page.getByRole('dialog', { name: 'GDPR Retrieve data' });
    await first.getByText('It holds names and activity of everyone who used this device').waitFor();
    await first.getByRole('button', { name: 'CLOSE' }).click();

    await form.getByLabel('Replace the names of other people').check();
    await form.getByRole('button', { name: 'DOWNLOAD DATA' }).click();
    const second = page.getByRole('dialog', { name: 'GDPR Retrieve data' });
    await second.getByText('Names of other people who used this device are replaced').waitFor();
    api.views = [aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'EMPTY')], archive: FINISHED })];
    await giveAccount(second, 'CONTINUE');
    await second.getByText('Nothing was found').waitFor();
    expect(started(api)).toMatchObject([{ coUsers: 'mask' }]);
  });

  it('shows a refused account and asks again, with the password gone (R4, R23)', async () => {
    const { api, page } = current();
    const title = 'The Portal refused this user name or password';
    const errorsOf = [{ pointer: '/login', detail: 'refused' }];
    api.refusals.set('POST /v1/requests', { type: '', title, status: 403, detail: 'Check both.', errors: errorsOf });
    const open = await openRetrieval(page);

    await giveAccount(open, 'CONTINUE');
    const alert = open.getByRole('alert').filter({ hasText: title });
    await alert.waitFor();

    expect(await textOf(alert)).toContain('/login: refused');
    expect(await open.getByLabel('Password').inputValue()).toBe('');
    expect(await open.getByRole('button', { name: 'CONTINUE' }).isDisabled()).toBe(true);
  });

  it('says that nothing was found under that name', async () => {
    const { api, page } = current();
    api.views = [aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'EMPTY')], archive: FINISHED })];
    const open = await openRetrieval(page);

    await giveAccount(open, 'CONTINUE');

    await open.getByText('Nothing was found under that name.').waitFor();
  });
});
