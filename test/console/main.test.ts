import { describe, expect, it } from 'vitest';
import { giveAccount, openRetrieval, section, useConsole } from './open-console.ts';

const current = useConsole();
const RETRIEVE = 'Retrieve user data';
const ANONYMIZE = 'Anonymize user data';

describe('the console', () => {
  it('shows the tab, the menu entry, the sections and their fields after its own login (R0)', async () => {
    const { api, errors, page } = current();
    await page.getByRole('tab', { name: 'APPLIANCE' }).click();
    await page.getByRole('link', { name: 'GDPR', exact: true }).click();

    for (const label of ['Username', 'Device name', 'Engine data', 'Portal data']) {
      expect(await section(page, RETRIEVE).getByLabel(label, { exact: true }).isVisible()).toBe(true);
    }
    for (const label of ['Username', 'Device name', 'Irreversibly anonymize Portal data']) {
      expect(await section(page, ANONYMIZE).getByLabel(label, { exact: true }).isVisible()).toBe(true);
    }
    expect(await page.getByText('legal department').isVisible()).toBe(true);
    expect(api.bodies('POST /oauth/token')).toEqual(['grant_type=password&username=admin&password=console+password']);
    expect(errors).toEqual([]);
  });

  it('shows nothing but the login before it, and says when it was refused (R0)', async () => {
    const { api, page } = current();
    api.refusals.set('POST /oauth/token', { type: '', title: 'invalid_grant', status: 400, detail: '' });
    await page.reload();

    expect(await page.getByRole('button', { name: 'DOWNLOAD DATA' }).isVisible()).toBe(false);
    await page.locator('#login [name=username]').fill('admin');
    await page.locator('#login [name=password]').fill('wrong');
    await page.getByRole('button', { name: 'LOG IN' }).click();

    await page.getByText('The user name or the password is wrong.').waitFor();
    expect(await page.locator('#login [name=password]').inputValue()).toBe('');
  });

  it('asks to log in again when the API no longer takes the token (R0)', async () => {
    const { api, page } = current();
    api.acceptsToken = false;
    const open = await openRetrieval(page);

    await giveAccount(open, 'CONTINUE');
    await open.getByText('The session has ended').waitFor();
    await open.getByRole('button', { name: 'CLOSE' }).click();

    expect(await page.getByRole('button', { name: 'LOG IN' }).isVisible()).toBe(true);
  });
});
