import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { aSource, aView } from '../cli/scripted-api.ts';
import { giveAccount, section, started, textOf, useConsole } from './open-console.ts';

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

    expect(await textOf(open)).toMatch(/Rows changed: 42[\s\S]*Engines[\s\S]*backups[\s\S]*history files/);
    expect(started(api)).toMatchObject([{ kind: 'anonymize', irreversible: true, subject: { name: 'anna' } }]);
    expect(await section(page, ANONYMIZE).getByLabel('Irreversibly anonymize Portal data').isChecked()).toBe(false);
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
});
