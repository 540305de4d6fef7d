import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { aFinding, aSource, aView, REQUEST_ID } from '../cli/scripted-api.ts';
import { startOver } from './console-host.ts';
import {
  anonymize,
  countRows,
  giveAccount,
  openAnonymization,
  section,
  started,
  textOf,
  useConsole,
} from './open-console.ts';

const current = useConsole();
const ANONYMIZE = 'Anonymize user data';
const DONE = {
  kind: 'anonymize',
  state: 'COMPLETED',
  receipt: { rowsByTable: { 'gdpr.users': 42 }, residue: 0 },
} as const;

describe('Anonymize user data', () => {
  it('keeps ANONYMIZE DATA disabled until the tick and exactly one name (R13, R1)', async () => {
    const { page } = current();
    const form = section(page, ANONYMIZE);
    const button = form.getByRole('button', { name: 'ANONYMIZE DATA' });
    const seen: boolean[] = [await button.isDisabled()];
    await form.getByLabel('Username').fill('anna');
    seen.push(await button.isDisabled());
    await form.getByLabel('Irreversibly anonymize Portal data').check();
    seen.push(await button.isDisabled());
    await form.getByLabel('Device name').fill('LAPTOP-7');
    seen.push(await button.isDisabled());

    expect(seen).toEqual([true, true, false, true]);
    await form.getByText('not both').waitFor();
  });

  it('goes step by step: account, person, what changes, the name once more, ANONYMIZE (R13 to R17)', async () => {
    const { api, page, errors } = current();
    api.subjects = aFinding(['anna@CORP', 'anna@LAB']);
    api.views = [aView(DONE)];
    const dialog = await openAnonymization(page);
    expect(await textOf(dialog)).toContain('Nobody can undo this.');
    expect(await textOf(dialog)).not.toContain('of the Portal will change');
    await giveAccount(dialog);
    await dialog.getByText('They may be different people').waitFor();
    const next = dialog.getByRole('button', { name: 'CONTINUE' });
    expect(await next.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: 'anna@LAB' }).check();
    await next.click();
    await dialog.getByText('42 rows in 2 tables of the Portal will change.').waitFor();
    expect(await textOf(dialog)).toMatch(/anna \(is replaced everywhere\)[\s\S]*portal\.notes\.note/);
    const go = dialog.getByRole('button', { name: 'ANONYMIZE', exact: true });
    const typed = dialog.getByLabel('Type the name once more');
    await typed.fill('ann');
    expect(await go.isDisabled()).toBe(true);
    await typed.fill('anna');
    await typed.press('Enter');
    expect(started(api)).toEqual([]);
    await go.click();
    await dialog.getByText('The user is anonymized in the Portal.').waitFor();

    const subject = { kind: 'user', name: 'anna', accounts: ['anna@LAB'] };
    expect(started(api)).toMatchObject([{ irreversible: true, subject, planHash: api.preview.planHash }]);
    await dialog.getByText('no retention period is configured').first().waitFor();
    expect(
      await dialog.getByText('The name may still be held by:').locator('xpath=../..').locator('> ul > li').count(),
    ).toBeLessThanOrEqual(4);
    expect(await page.getByRole('checkbox', { name: 'Irreversibly' }).isChecked()).toBe(false);
    expect(errors).toEqual([]);
  });

  it('counts again when a mention is decided otherwise, and sends the decision (R15)', async () => {
    const { api, page } = current();
    api.views = [aView(DONE)];
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByRole('button', { name: /Decision: portal.notes.note/ }).click();
    await page.getByRole('option', { name: 'Change' }).click();
    expect(await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'COUNT AGAIN' }).click();
    await dialog.getByLabel('Type the name once more').fill('anna');
    await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).click();

    const mentions = { 'portal.notes.note': 'change' };
    await expect.poll(() => started(api)).toMatchObject([{ mentions }]);
    expect(JSON.parse(api.bodies('POST /v1/preview').at(-1)!)).toMatchObject({ mentions });
  });

  it('counts again when the login becomes a common word, and offers that for letters alone', async () => {
    const { api, page } = current();
    api.views = [aView(DONE)];
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByRole('checkbox', { name: 'This login is also a common word.' }).check();
    expect(await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'COUNT AGAIN' }).click();
    await dialog.getByLabel('Type the name once more').fill('anna');
    await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).click();
    const subject = { kind: 'user', name: 'anna', accounts: ['anna@CORP'], commonWord: true };
    await expect.poll(() => started(api)).toMatchObject([{ subject }]);
    expect(api.bodies('POST /v1/preview').map((body) => JSON.parse(body).subject.commonWord)).toEqual([
      undefined,
      true,
    ]);
    await startOver(page, current().origin);
    const other = await openAnonymization(page, 'anna7');
    await countRows(other);

    expect(await other.getByRole('checkbox', { name: 'This login' }).count()).toBe(0);
  });

  it('offers ANONYMIZE once a rehearsal has ended, says so before, and not only until it is counted again (R14)', async () => {
    const { api, page } = current();
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByLabel('Type the name once more').fill('anna');
    api.views = [aView({ kind: 'rehearse', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] })];
    await dialog.getByRole('button', { name: 'REHEARSE' }).click();
    const go = dialog.getByRole('button', { name: 'ANONYMIZE', exact: true });
    await dialog.getByText('ANONYMIZE can be pressed once it has ended').waitFor();
    await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
    expect([await go.isDisabled(), await dialog.getByRole('button', { name: 'REHEARSE' }).isDisabled()]).toEqual([
      true,
      true,
    ]);
    await dialog.getByRole('checkbox', { name: 'This login is also a common word.' }).check();
    await dialog.getByRole('button', { name: 'COUNT AGAIN' }).click();
    await dialog.getByLabel('Type the name once more').fill('anna');
    expect(await go.isDisabled()).toBe(true);
    const done = { rowsByTable: { 'portal.users': 17 }, refusals: [], notTried: [], lockedSeconds: 2 };
    api.views = [aView({ kind: 'rehearse', state: 'COMPLETED', rehearsal: done })];
    await dialog.getByText('The rehearsal succeeded').waitFor();
    await expect.poll(() => go.isEnabled()).toBe(true);
    expect(await dialog.getByText('ANONYMIZE can be pressed').count()).toBe(0);
    expect(started(api)).toMatchObject([{ kind: 'rehearse' }]);
  });

  it('offers no ANONYMIZE where nothing would change', async () => {
    const { api, page } = current();
    api.preview = { ...api.preview, rows: 0, tables: [] };
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByText('There is nothing to anonymize.').waitFor();
    expect(await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).count()).toBe(0);
    expect(await dialog.getByLabel('Type the name once more').count()).toBe(0);
  });

  it('hands out the certificate and, once, the key of its commitment (R17, R27)', async () => {
    const { api, page } = current();
    api.views = [aView(DONE)];
    const dialog = await openAnonymization(page);
    await anonymize(dialog);
    const saved = async (name: string) => {
      const download = page.waitForEvent('download');
      await dialog.getByRole('button', { name }).click();
      return readFile(await (await download).path(), 'utf8');
    };

    expect(await saved('SAVE CERTIFICATE')).toContain('<title>Certificate</title>');
    expect(JSON.parse(await saved('SAVE AS JSON'))).toMatchObject({ certificate: { retained: api.retained } });
    expect(JSON.parse(await saved('SAVE ITS KEY'))).toEqual({ nonce: 'bm9uY2U=' });
    expect(await dialog.getByRole('button', { name: 'SAVE ITS KEY' }).isDisabled()).toBe(true);
  });

  it('shows nothing about a person and starts nothing when the account is refused (R14)', async () => {
    const { api, page } = current();
    const problem = { type: '/problems/login-insufficient', title: 'x', status: 403, detail: 'x' };
    api.refusals.set('POST /v1/subjects', problem);
    const dialog = await openAnonymization(page);
    await giveAccount(dialog);
    await dialog.getByText('The account may not see all data.').first().waitFor();

    expect(await textOf(dialog)).not.toContain('of the Portal will change');
    expect([api.bodies('POST /v1/preview'), started(api)]).toEqual([[], []]);
  });

  it('asks whether a retrieval should come first, and prepares it', async () => {
    const { page } = current();
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByRole('button', { name: 'RETRIEVE FIRST' }).click();
    await dialog.waitFor({ state: 'detached' });

    expect(await section(page, 'Retrieve user data').getByLabel('Username').inputValue()).toBe('anna');
  });

  it('answers honestly when CLOSE came after the commit (R16)', async () => {
    const { api, page } = current();
    api.views = [aView({ kind: 'anonymize', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] })];
    api.ending = [aView(DONE)];
    const dialog = await openAnonymization(page);
    await anonymize(dialog);
    await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).click();
    await dialog.getByRole('button', { name: 'CANCEL THE ANONYMIZATION' }).click();

    await dialog.getByText('It was done before it could be cancelled.').waitFor();
    await dialog.getByText('The user is anonymized in the Portal.').waitFor();
  });

  it('does not call done what is not verified yet (C34), or what waits for an approval, and gives its plan hash (decision 24)', async () => {
    const { api, page } = current();
    api.views = [aView({ kind: 'anonymize', state: 'VERIFYING', failure: 'PortalDatabaseUnavailableError' })];
    const dialog = await openAnonymization(page);
    await anonymize(dialog);
    await dialog.getByText('not verified yet. The system tries again by itself').waitFor();
    const waits = { state: 'AWAITING_APPROVAL', waitsUntil: '2026-12-01T10:00:00.000Z' } as const;
    api.views = [aView({ kind: 'anonymize', ...waits })];
    await dialog.getByText('Waits for another person to approve it').waitFor();

    const text = await textOf(dialog);
    expect(text).toContain(api.preview.planHash);
    expect(text).not.toContain('is anonymized in the Portal');
    expect(page.url()).toContain(REQUEST_ID);
    expect(page.url()).not.toContain(api.preview.planHash!);
    expect(text).toContain('If nobody acts');
    api.views = [aView({ kind: 'anonymize', ...waits, state: 'RUNNING' })]; // somebody has logged in
    await dialog.getByText('At work').waitFor();
    expect(await textOf(dialog)).not.toContain('If nobody acts');
  });
});
