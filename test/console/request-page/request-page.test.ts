import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { EventsView, RequestView } from '../../../client/types.ts';
import { aSource, aView, FINISHED, REQUEST_ID } from '../../cli/scripted-api.ts';
import { accessibilityFaults } from '../../support/accessibility.ts';
import {
  aToken,
  giveAccount,
  type OpenConsole,
  openAddress,
  openRetrieval,
  textOf,
  useConsole,
} from '../open-console.ts';

const current = useConsole();
const ADDRESS = `#request=${REQUEST_ID}`;
const ALL = 'gdpr.read gdpr.retrieve gdpr.anonymize gdpr.approve gdpr.operate gdpr.download';
const LATER = { expiresAt: '2999-11-09T10:00:00.000Z', byteLength: FINISHED.byteLength };
const OPEN_TERM = { dueAt: '2999-12-02T23:59:59.000Z' };

const anEvent = (
  seq: number,
  what: EventsView['events'][number]['what'],
  id: string,
): EventsView['events'][number] => ({
  requestId: REQUEST_ID,
  seq,
  at: '2026-11-02T10:00:00.000Z',
  by: { id, role: id === 'system' ? 'system' : 'person' },
  what,
  state: 'QUEUED',
  attempt: 1,
  before: '0'.repeat(64),
});

/** Opens the page of a Request from elsewhere, as one Caller sees it. */
async function open(views: readonly Partial<RequestView>[], caller = aToken('me', ALL), asked = 'somebody') {
  const console = current();
  console.api.token = caller;
  console.api.views = views.map((view) => aView({ ...OPEN_TERM, ...view }));
  console.api.events = [anEvent(1, 'requested', asked), anEvent(2, 'login-asked', 'system')];
  await openAddress(console, ADDRESS);
  await console.page.getByRole('cell', { name: 'requested' }).waitFor();
  return console;
}

const buttons = ({ page }: OpenConsole): Promise<string[]> =>
  page.locator('#request .actions button').allTextContents();
const press = ({ page }: OpenConsole, name: string): Promise<void> =>
  page.locator('#request .actions').getByRole('button', { name }).click();
const sent = ({ api }: OpenConsole, step: string): unknown[] =>
  api.bodies(`POST /v1/requests/{id}/${step}`).map((body) => JSON.parse(body) as unknown);
const focused = ({ page }: OpenConsole): Promise<string> =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');
const dialogOf = ({ page }: OpenConsole, name: string): Locator => page.getByRole('dialog', { name });

describe('the page of a request', () => {
  it('is what a link in a ticket opens, after the login: state, missing Engines, term, facts and audit trail (R12)', async () => {
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineUnavailableError' };
    const progress = [aSource('engine-1', 'DONE', 1500), missing];
    const ticket = { connectionId: 'jira', key: 'HR-12' };
    const console = await open([{ state: 'COMPLETED_WITH_ERRORS', progress, ticket, archive: LATER }]);
    const { page, errors } = console;
    const text = await textOf(page.locator('#request'));

    expect(text).toContain('Done, but something is missing.');
    expect(text).toContain('The archive is incomplete. Missing');
    expect(text).toContain(
      'engine-2 did not answer, or is not connected to the Portal (UNREACHABLE, EngineUnavailableError)',
    );
    expect(text).toContain('The answer was due by 2999-12-02 23:59 UTC.');
    expect(text).toContain('HR-12 (jira)');
    expect(text).toMatch(/1 ?2026-11-02 10:00 UTC ?requested ?a person, somebody/);
    expect(await page.getByRole('row', { name: /engine-1 DONE 1,500/ }).isVisible()).toBe(true);
    expect(await page.title()).toBe('Request - GDPR console');
    expect(await accessibilityFaults(page, ['header'])).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('keeps nothing in the address but the id, and nothing in the browser (R24)', async () => {
    const { page } = await open([{ state: 'RUNNING' }]);

    expect(new URL(page.url()).hash).toBe(ADDRESS);
    expect(
      await page.evaluate(async () => [
        localStorage.length,
        sessionStorage.length,
        document.cookie,
        (await indexedDB.databases()).length,
      ]),
    ).toEqual([0, 0, '', 0]);
  });

  it.each([
    [
      '#request=0b2f6c1e-3d6a-4f7c-9a53-2f4f2f3c9d99',
      404,
      'There is no request with this id, or it is not yours to see.',
    ],
    ['#request=%3Cb%3Eanna', 404, 'There is no request with this id, or it is not yours to see.'],
    [ADDRESS, 403, 'You may not look at requests'],
  ])('says in a sentence why it does not show %s (%i)', async (address, status, sentence) => {
    const { api, page } = current();
    const problem = { type: '', title: 'x', status, detail: 'y' };
    for (const id of ['{id}', '0b2f6c1e-3d6a-4f7c-9a53-2f4f2f3c9d99'])
      api.refusals.set(`GET /v1/requests/${id}`, problem);
    await openAddress(current(), address);

    await page.locator('#request').getByText(sentence).waitFor();
    expect(await page.getByRole('heading', { name: 'State' }).isVisible()).toBe(false);
    expect(await buttons(current())).toEqual([]);
  });

  it('follows a request that is at work, by the ETag, until it has ended', async () => {
    const running = { state: 'RUNNING' as const, progress: [aSource('engine-1', 'RUNNING', 12)] };
    const done = { state: 'COMPLETED' as const, progress: [aSource('engine-1', 'DONE', 13)], archive: LATER };
    const console = await open([running, running, running, done]);
    const { api, page } = console;
    await page.locator('#request').getByText('Done.').waitFor();
    await page.getByRole('button', { name: 'DOWNLOAD' }).waitFor();
    const looks = api.calls.filter(({ route }) => route === 'GET /v1/requests/{id}');

    expect(looks.at(-1)?.headers).toMatchObject({ prefer: 'wait=20', 'if-none-match': expect.stringMatching(/^"/) });
    await page.waitForTimeout(2500);
    expect(api.calls.filter(({ route }) => route === 'GET /v1/requests/{id}')).toHaveLength(looks.length);
    expect(await page.locator('#request .summary').getAttribute('role')).toBe('status');
  });

  it('shows no button that scopes, state or ownership refuse', async () => {
    const seen: string[][] = [];
    for (const scopes of ['gdpr.read', 'gdpr.read gdpr.approve', 'gdpr.read gdpr.operate']) {
      seen.push(await buttons(await open([{ state: 'AWAITING_APPROVAL', kind: 'anonymize' }], aToken('me', scopes))));
    }
    expect(seen).toEqual([[], ['APPROVE', 'DENY'], ['PAUSE THE TERM', 'EXTEND THE TERM', 'CANCEL THE REQUEST']]);
    expect(
      await buttons(await open([{ state: 'AWAITING_APPROVAL' }], aToken('me', 'gdpr.approve gdpr.read'), 'me')),
    ).toEqual(['DENY']);
  });

  it("keeps download and trail of another's request out of the sight of who operates", async () => {
    const { api, page } = current();
    api.token = aToken('me', ALL);
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', archive: LATER })];
    api.refusals.set('GET /v1/requests/{id}/events', { type: '', title: 'x', status: 404, detail: 'y' });
    await openAddress(current(), ADDRESS);
    await page.getByRole('button', { name: 'ASK MISSING ONES AGAIN' }).waitFor();

    expect(await buttons(current())).toEqual(['ASK MISSING ONES AGAIN', 'DELETE THE ARCHIVE']);
    expect(await page.getByText('The audit trail is for who asked').isVisible()).toBe(true);
  });
});

describe('steps from the page of a request', () => {
  it('download by a fresh link, and asks the missing ones again with a login (decision 23)', async () => {
    const console = await open([{ state: 'COMPLETED_WITH_ERRORS', archive: LATER }]);
    const { api, page } = console;
    api.afterRerun = [aView({ state: 'COMPLETED', attempt: 2, archive: LATER })];
    const download = page.waitForEvent('download');
    await press(console, 'DOWNLOAD');
    expect((await download).suggestedFilename()).toBe('gdpr-data.tar.gz');

    await press(console, 'ASK MISSING ONES AGAIN');
    await giveAccount(dialogOf(console, 'Ask missing ones again'), 'CONTINUE');
    await page.locator('#request').getByText('Done.').waitFor();

    expect(await page.getByRole('dialog').count()).toBe(0);
    await expect.poll(() => sent(console, 'rerun')).toEqual([{ login: { username: 'operator', password: 'sesame' } }]);
    expect(await buttons(console)).toEqual(['DOWNLOAD', 'DELETE THE ARCHIVE']);
  });

  it('log in to what waits for it; a refusal stays in the dialog and the password is asked for again (R4)', async () => {
    const console = await open([{ state: 'AWAITING_LOGIN', waitsUntil: '2026-12-01T10:00:00.000Z' }]);
    const { api, page } = console;
    await page.getByText('it ends at 2026-12-01 10:00 UTC').waitFor();
    const problem = { type: '/problems/login-refused', title: 'Wrong', status: 403, detail: 'The account was refused' };
    api.refusals.set('POST /v1/requests/{id}/login', problem);
    await press(console, 'LOG IN AND START');
    const dialog = dialogOf(console, 'Log in and start');
    await giveAccount(dialog, 'CONTINUE');
    await dialog.getByText('The account was refused').waitFor();
    expect(await dialog.getByLabel('Password').inputValue()).toBe('');

    api.refusals.clear();
    api.views = [aView({ ...OPEN_TERM, state: 'RUNNING' })];
    await giveAccount(dialog, 'CONTINUE');
    await page.locator('#request').getByText('At work.').waitFor();
    await page.locator('dialog').waitFor({ state: 'detached' });

    await expect.poll(() => sent(console, 'login')).toHaveLength(2);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await focused(console)).toBe('request');
  });

  it('a dialog whose button has gone meanwhile gives the focus back to the page', async () => {
    const console = await open([{ state: 'AWAITING_LOGIN', waitsUntil: '2026-12-01T10:00:00.000Z' }]);
    const { api, page } = console;
    await press(console, 'LOG IN AND START');
    const dialog = dialogOf(console, 'Log in and start');
    api.views = [aView({ ...OPEN_TERM, state: 'RUNNING' })];
    await page.locator('#request').getByText('At work.').waitFor();

    await dialog.getByRole('button', { name: 'CLOSE' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });

    expect(await focused(console)).toBe('request');
  });

  it('approve an anonymization by its plan, by keyboard alone, and say what it will change (decision 24)', async () => {
    const planHash = `${'n'.repeat(22)}.${'d'.repeat(43)}`;
    const console = await open([{ state: 'AWAITING_APPROVAL', kind: 'anonymize', planDigest: 'd'.repeat(43) }]);
    const { api, page } = console;
    await page.locator('#request').getByRole('button', { name: 'APPROVE' }).focus();
    await page.keyboard.press('Enter');
    const dialog = dialogOf(console, 'Approve the request');
    await dialog.waitFor();

    expect(await textOf(dialog)).toMatch(
      /replaced by a random one[\s\S]*Nobody can undo it[\s\S]*plan hash: ask for both/,
    );
    expect(await accessibilityFaults(page, ['header'])).toEqual([]);
    api.views = [aView({ ...OPEN_TERM, state: 'AWAITING_LOGIN', kind: 'anonymize' })];
    await page.keyboard.type(planHash);
    await page.keyboard.press('Enter');
    await page.getByText('Waits for somebody to log in').waitFor();

    await expect.poll(() => sent(console, 'approve')).toEqual([{ planHash }]);
    await expect.poll(() => focused(console)).toBe('request');
  });

  it('deny for a reason of the list', async () => {
    const console = await open([{ state: 'AWAITING_LOGIN' }]);
    await press(console, 'DENY');
    const dialog = dialogOf(console, 'Deny the request');
    console.api.views = [aView({ ...OPEN_TERM, state: 'DENIED', denialReason: 'not-entitled' })];
    await dialog.getByLabel('Reason').selectOption('not-entitled');
    await dialog.getByRole('button', { name: 'DENY' }).click();
    await console.page.getByText('Turned down.').waitFor();

    await expect.poll(() => sent(console, 'deny')).toEqual([{ reasonCode: 'not-entitled' }]);
    expect(await buttons(console)).toEqual([]);
  });

  it('move the legal term', async () => {
    const console = await open([{ state: 'RUNNING' }]);
    await press(console, 'PAUSE THE TERM');
    const pause = dialogOf(console, 'Pause the legal term');
    await pause.getByRole('button', { name: 'PAUSE' }).click(); // without a reason nothing is sent
    await pause.getByLabel('Reason').selectOption('identity');
    await pause.getByRole('button', { name: 'PAUSE' }).click();
    await pause.waitFor({ state: 'detached' });
    await press(console, 'EXTEND THE TERM');
    const dialog = dialogOf(console, 'Extend the legal term');
    await dialog.getByLabel('Reason').selectOption('complexity');
    await dialog.getByLabel('By').selectOption('1');
    await dialog.getByRole('button', { name: 'EXTEND' }).click();
    await dialog.waitFor({ state: 'detached' });

    await expect
      .poll(() => sent(console, 'deadline'))
      .toEqual([
        { action: 'pause', reason: 'identity' },
        { action: 'extend', reason: 'complexity', months: 1 },
      ]);
  });

  it('cancel and delete only after a question, whose focus is on CLOSE', async () => {
    const console = await open([{ state: 'COMPLETED', archive: LATER }]);
    const { api, page, errors } = console;
    await press(console, 'DELETE THE ARCHIVE');
    expect(await focused(console)).toBe('CLOSE');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await focused(console)).toBe('DELETE THE ARCHIVE');
    expect(api.bodies('DELETE /v1/requests/{id}/archive')).toEqual([]);

    await press(console, 'DELETE THE ARCHIVE');
    await page.getByRole('dialog').getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    await page.getByText('Deleted at 2026-11-03 10:00 UTC').waitFor();
    expect(await buttons(console)).toEqual([]);

    api.ending = [aView({ ...OPEN_TERM, state: 'CANCELLED' })];
    const running = await open([{ state: 'RUNNING' }]);
    await press(running, 'CANCEL THE REQUEST');
    await page.getByRole('dialog').getByRole('button', { name: 'CANCEL THE REQUEST' }).click();
    await page.getByText('Cancelled. Nothing was kept.').waitFor();
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('cannot cancel an anonymization that may have committed, and say that a name has come back (C34, R16)', async () => {
    const verifying = await open([{ state: 'VERIFYING', kind: 'anonymize' }]);
    await verifying.page.getByText('not verified yet').waitFor();
    expect(await buttons(verifying)).not.toContain('CANCEL THE REQUEST');
    const receipt = { rowsByTable: { 'gdpr.details': 41 }, residue: 2 };
    const { page, errors } = await open([{ state: 'COMPLETED_WITH_ERRORS', kind: 'anonymize', receipt }]);
    await page.getByText('the name is there again 2 times').waitFor();
    expect(errors).toEqual([]);
  });

  it('show what still holds the name after an anonymization (R17)', async () => {
    const receipt = { rowsByTable: { 'gdpr.details': 41 }, residue: 0 };
    const { page } = await open([{ state: 'COMPLETED', kind: 'anonymize', receipt }]);
    await page.getByText('The name may still be held by:').waitFor();

    expect(await textOf(page.locator('#request .outcome'))).toMatch(
      /is anonymized[\s\S]*Rows changed: 41[\s\S]*history files/,
    );
  });
});

describe('duplicates', () => {
  it('are on the page of a request that was started since the login', async () => {
    const { api, page } = current();
    const twin = '1b2f6c1e-3d6a-4f7c-9a53-2f4f2f3c9d12';
    api.duplicates = { duplicates: [twin], otherDuplicates: 2 };
    api.views = [aView({ state: 'FAILED', failure: 'EngineUnavailableError' })];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog, 'CONTINUE');
    await dialog.getByText('The request failed').waitFor();
    await dialog.getByRole('button', { name: 'CLOSE' }).click();
    await page.evaluate((hash) => location.assign(hash), ADDRESS);

    const facts = page.locator('#request .facts');
    await facts.getByText('2 that you may not see').waitFor();
    expect(await facts.getByRole('link', { name: twin }).getAttribute('href')).toBe(`#request=${twin}`);
    expect(await textOf(page.locator('#request .summary'))).toBe('Failed (EngineUnavailableError).');
  });
});
