import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { aSource, aView, REQUEST_ID } from '../../cli/scripted-api.ts';
import { giveAccount, section, started, textOf, useConsole } from '../open-console.ts';

const current = useConsole();
const ANONYMIZE = 'Anonymize user data';

async function openAnonymization(page: Page): Promise<Locator> {
  const form = section(page, ANONYMIZE);
  await form.getByLabel('Username').fill('anna');
  await form.getByLabel('Irreversibly anonymize Portal data').check();
  await form.getByRole('button', { name: 'ANONYMIZE DATA' }).click();
  return page.getByRole('dialog', { name: 'GDPR Anonymize Portal data' });
}

describe('Anonymize user data', () => {
  it('keeps ANONYMIZE DATA disabled until the tick and exactly one name (R13, R1)', async () => {
    const { page } = current();
    const button = section(page, ANONYMIZE).getByRole('button', { name: 'ANONYMIZE DATA' });
    const seen: boolean[] = [await button.isDisabled()];
    await section(page, ANONYMIZE).getByLabel('Username').fill('anna');
    seen.push(await button.isDisabled());
    await section(page, ANONYMIZE).getByLabel('Irreversibly anonymize Portal data').check();
    seen.push(await button.isDisabled());
    await section(page, ANONYMIZE).getByLabel('Device name').fill('LAPTOP-7');
    seen.push(await button.isDisabled());

    expect(seen).toEqual([true, true, false, true]);
    expect(await textOf(section(page, ANONYMIZE).getByRole('alert'))).toContain('not both');
  });

  it('states what is about to happen (R14), then says what was done and what still holds the name (R17)', async () => {
    const { api, page } = current();
    const receipt = { rowsByTable: { 'gdpr.dim_user': 1, 'gdpr.details': 41 }, residue: 0 };
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt })];
    const open = await openAnonymization(page);

    expect(await textOf(open)).toContain('Nobody can undo this.');
    await giveAccount(open, 'ANONYMIZE');
    await open.getByText('The user is anonymized in the Portal.').waitFor();

    await open.getByText('The name may still be held by:').waitFor();

    expect(await textOf(open)).toMatch(
      /Rows changed: 42[\s\S]*Engines[\s\S]*until 2027-01-31[\s\S]*history files[\s\S]*until when is not configured/,
    );
    expect(await textOf(open)).toContain('portal.accounts.login');
    expect(started(api)).toMatchObject([{ kind: 'anonymize', irreversible: true, subject: { name: 'anna' } }]);
    expect(await section(page, ANONYMIZE).getByLabel('Irreversibly anonymize Portal data').isChecked()).toBe(false);
  });

  it('hands out the certificate and, once, the key of its commitment (R17, R27)', async () => {
    const { api, page } = current();
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 1 }, residue: 0 } })];
    const open = await openAnonymization(page);
    await giveAccount(open, 'ANONYMIZE');
    const saved = async (button: string) => {
      const download = page.waitForEvent('download');
      await open.getByRole('button', { name: button }).click();
      return JSON.parse(await readFile(await (await download).path(), 'utf8')) as unknown;
    };

    expect(await saved('SAVE CERTIFICATE')).toMatchObject({ certificate: { retained: api.retained } });
    expect(await saved('SAVE ITS KEY')).toEqual({ nonce: 'bm9uY2U=' });
    expect(await open.getByRole('button', { name: 'SAVE ITS KEY' }).isDisabled()).toBe(true);
  });

  it('shows how many rows will change once the account is checked, and starts with that plan (R14)', async () => {
    const { api, page } = current();
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } })];
    const open = await openAnonymization(page);
    expect(await textOf(open)).not.toContain('rows of the Portal');
    await open.getByLabel('Username').fill('operator');
    await open.getByLabel('Password').fill('sesame');
    await open.getByRole('button', { name: 'CONTINUE' }).click();
    await open.getByText('42 rows of the Portal will change.').waitFor();

    expect(await textOf(open)).toMatch(
      /CORP\\anna[\s\S]*7 cells only look alike[\s\S]*anna-adm[\s\S]*comment on table/,
    );
    expect(started(api)).toEqual([]);
    await open.getByRole('button', { name: 'ANONYMIZE' }).click();
    await open.getByText('The user is anonymized in the Portal.').waitFor();

    expect(started(api)).toMatchObject([{ planHash: api.preview.planHash }]);
    expect(JSON.parse(api.bodies('POST /v1/preview')[0]!)).toMatchObject({
      kind: 'anonymize',
      subject: { name: 'anna' },
    });
  });

  it('shows nothing about a person and starts nothing when the account is refused (R14)', async () => {
    const { api, page } = current();
    const problem = {
      type: '/problems/login-refused',
      title: 'User name or password is wrong',
      status: 403,
      detail: 'x',
    };
    api.refusals.set('POST /v1/preview', problem);
    const open = await openAnonymization(page);
    await open.getByLabel('Username').fill('operator');
    await open.getByLabel('Password').fill('sesame');
    await open.getByRole('button', { name: 'CONTINUE' }).click();
    await open.getByText('User name or password is wrong').waitFor();

    expect(await open.getByRole('button', { name: 'CONTINUE' }).isEnabled()).toBe(true);
    expect(await textOf(open)).not.toContain('rows of the Portal');
    expect(started(api)).toEqual([]);
  });

  it('asks whether a retrieval should come first, and prepares it', async () => {
    const { page } = current();
    const open = await openAnonymization(page);
    await open.getByLabel('Username').fill('operator');
    await open.getByLabel('Password').fill('sesame');
    await open.getByRole('button', { name: 'CONTINUE' }).click();
    await open.getByRole('button', { name: 'RETRIEVE FIRST' }).click();

    await open.waitFor({ state: 'detached' });
    const form = section(page, 'Retrieve user data');
    expect(await form.getByLabel('Username').inputValue()).toBe('anna');
    expect(await form.getByLabel('Portal data').isChecked()).toBe(true);
  });

  it('answers honestly when CLOSE came after the commit (R16)', async () => {
    const { api, page } = current();
    const done = aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 1 }, residue: 0 } });
    api.views = [aView({ kind: 'anonymize', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] })];
    api.ending = [done];
    const open = await openAnonymization(page);
    await giveAccount(open, 'ANONYMIZE');
    await open.getByRole('row', { name: /portal RUNNING/ }).waitFor();

    await open.getByRole('button', { name: 'CLOSE' }).click();

    await open.getByText('The user is anonymized in the Portal.').waitFor();
  });

  it('says that what may have committed is not verified yet, also when CLOSE came too late (C34, R16)', async () => {
    const { api, page } = current();
    api.views = [aView({ kind: 'anonymize', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] })];
    api.ending = [aView({ kind: 'anonymize', state: 'VERIFYING', failure: 'PortalDatabaseUnavailableError' })];
    const open = await openAnonymization(page);
    await giveAccount(open, 'ANONYMIZE');
    await open.getByRole('row', { name: /portal RUNNING/ }).waitFor();

    await open.getByRole('button', { name: 'CLOSE' }).click();

    await open.getByText('not verified yet. The system tries again by itself').waitFor();
  });

  it('does not call done what waits for an approval, and gives the plan hash that it needs (decision 24)', async () => {
    const { api, page } = current();
    const waits = { state: 'AWAITING_APPROVAL', waitsUntil: '2026-12-01T10:00:00.000Z' } as const;
    api.views = [aView({ kind: 'anonymize', ...waits })];
    const open = await openAnonymization(page);
    await giveAccount(open, 'ANONYMIZE');
    await open.getByText('waits for another person to approve it, until 2026-12-01 10:00 UTC').waitFor();

    expect(await textOf(open)).toContain(api.preview.planHash);
    expect(await textOf(open)).not.toContain('is anonymized');
    await open.getByRole('link', { name: REQUEST_ID }).click();
    await page.getByRole('heading', { name: 'Legal term' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(page.url()).not.toContain(api.preview.planHash);
  });
});
