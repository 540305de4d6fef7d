import { describe, expect, it } from 'vitest';
import { aView, REQUEST_ID } from '../../cli/scripted-api.ts';
import { accessibilityFaults } from '../../support/accessibility.ts';
import { textOf, useConsole } from '../open-console.ts';

const current = useConsole();
const other = (number: number) => `${number}b2f6c1e-3d6a-4f7c-9a53-2f4f2f3c9d12`;

describe('the list of requests', () => {
  it('shows the newest first, a page at a time, by keyboard too, and leads to the page of each', async () => {
    const { api, page, errors } = current();
    api.pages = [
      [
        aView({ state: 'AWAITING_LOGIN', ticket: { connectionId: 'jira', key: 'HR-12' } }),
        aView({ requestId: other(1), state: 'COMPLETED', reference: 'case 7', kind: 'anonymize' }),
      ],
      [aView({ requestId: other(2), state: 'DENIED', subjectKind: 'device' })],
    ];
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByRole('row', { name: /^HR-12 retrieve, user Waits for somebody to log in/ }).waitFor();
    await page
      .getByRole('row', { name: /^case 7 anonymize, user Done 2026-11-02 10:00 UTC 2026-12-02 23:59 UTC$/ })
      .waitFor();
    expect(await page.locator('#requests tbody tr').count()).toBe(2);
    expect(await accessibilityFaults(page, ['header'])).toEqual([]);

    await page.getByRole('button', { name: 'SHOW MORE' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: new RegExp(`^${other(2)} retrieve, device Turned down`) }).waitFor();

    expect(await page.getByRole('button', { name: 'SHOW MORE' }).isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(other(2));
    expect(api.calls.filter(({ route }) => route === 'GET /v1/requests').map(({ query }) => query)).toEqual([
      '?limit=20',
      '?limit=20&cursor=1',
    ]);
    await page.getByRole('link', { name: 'HR-12' }).click();
    await page.getByRole('heading', { name: 'Request', exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe(`#request=${REQUEST_ID}`);
    expect(errors).toEqual([]);
  });

  it('says when there are none, and why when it is refused', async () => {
    const { api, page } = current();
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByText('There are no requests yet.').waitFor();
    const detail = 'This needs one of the scopes gdpr.read, gdpr.operate, gdpr.approve';
    api.refusals.set('GET /v1/requests', {
      type: '/problems/insufficient-scope',
      title: 'Not allowed',
      status: 403,
      detail,
    });
    await page.getByRole('link', { name: 'GDPR', exact: true }).click();
    await page.getByRole('link', { name: 'Requests' }).click();

    await page.getByText(detail).waitFor();
    expect(await textOf(page.locator('#requests .summary'))).toBe('');
  });
});
