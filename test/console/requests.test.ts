import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { EventsView, RequestView } from '../../client/types.ts';
import { aSource, aView, FINISHED, REQUEST_ID } from '../cli/scripted-api.ts';
import { startOver } from './console-host.ts';
import { giveAccount, section, started, textOf, useConsole } from './open-console.ts';
import { ACCOUNT, aDeviceThere, aRemoval, aReport, aTraffic, openEngines, openPage } from './operate-answers.ts';

const current = useConsole();
const LATER = { expiresAt: '2999-11-09T10:00:00.000Z', byteLength: FINISHED.byteLength };
const OPEN = { dueAt: '2999-12-02T23:59:59.000Z' };
const idOf = (number: number) => `${String(number).padStart(8, '0')}-3d6a-4f7c-9a53-2f4f2f3c9d12`;

const anEvent = (seq: number, what: EventsView['events'][number]['what'], id: string) => ({
  requestId: REQUEST_ID,
  seq,
  at: '2026-11-02T10:00:00.000Z',
  by: { id, role: id === 'system' ? ('system' as const) : ('person' as const) },
  what,
  state: 'QUEUED' as const,
  attempt: 1,
  before: '0'.repeat(64),
});

/** Opens the page of a request, as one who did not ask sees it. */
async function open(view: Partial<RequestView>) {
  const { api, page, origin } = current();
  api.views = [aView({ ...OPEN, ...view })];
  api.events = [anEvent(1, 'requested', 'somebody'), anEvent(2, 'login-asked', 'system')];
  await startOver(page, origin); // a test may open a second one
  await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
  await page.getByRole('row', { name: /Requested/ }).waitFor();
  return current();
}

const sent = (step: string): unknown[] =>
  current()
    .api.bodies(`POST /v1/requests/{id}/${step}`)
    .map((body) => JSON.parse(body) as unknown);

describe('the list of requests', () => {
  it('finds one of 200 by its reference, filters, and saves what it shows without names (R31)', async () => {
    const { api, page, origin, errors } = current();
    const all = Array.from({ length: 200 }, (_, number) =>
      aView({
        requestId: idOf(number),
        reference: `HR-${number}`,
        ...(number === 3 && { reference: '=HR+1', state: 'AWAITING_LOGIN' as const, needs: 'login' as const }),
        ...OPEN,
      }),
    );
    api.pages = [all.slice(0, 100), all.slice(100)];
    await page.goto(`${origin}/#/requests`);
    await page.getByText('(200)').waitFor();
    await page.getByLabel('Find by reference, ticket or id').fill('hr-150');
    await page.getByRole('link', { name: 'HR-150' }).waitFor();
    expect(await page.getByRole('table').getByRole('link').count()).toBe(1);
    await page.getByLabel('Find by reference, ticket or id').fill('');
    await page.getByRole('button', { name: /Which requests/ }).click();
    await page.getByRole('option', { name: 'Needs action' }).click();
    await page.getByRole('link', { name: '=HR+1' }).waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'SAVE AS CSV' }).click();

    const lines = (await readFile(await (await saving).path(), 'utf8')).split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`"${idOf(3)}","'=HR+1","Retrieve, user"`);
    expect(errors).toEqual([]);
  });

  it('is on the same page, with the same search, on Back, and whole when it is opened anew (R31)', async () => {
    const { api, page, origin } = current();
    const all = Array.from({ length: 60 }, (_, number) =>
      aView({ requestId: idOf(number), reference: `HR-${number}`, ...OPEN }),
    );
    api.pages = [[...all, aView({ requestId: idOf(60), reference: 'other' })]];
    api.views = [aView(OPEN)];
    await page.goto(`${origin}/#/requests`);
    await page.getByText('(61)').waitFor();
    const text = page.getByLabel('Find by reference, ticket or id');
    await text.fill('HR');
    await page.getByRole('button', { name: 'Which requests' }).click();
    await page.getByRole('option', { name: 'Closed' }).click();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('link', { name: 'HR-30' }).waitFor();
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByRole('heading', { level: 1, name: 'Request', exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'HR-30' }).waitFor();
    expect([await text.inputValue(), await page.getByRole('link', { name: 'HR-1', exact: true }).count()]).toEqual([
      'HR',
      0,
    ]);
    expect(await textOf(page.getByRole('button', { name: 'Which requests' }))).toContain('Closed');
    await page.getByRole('navigation').getByRole('link', { name: 'GDPR', exact: true }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Requests' }).click();
    await page.getByText('(61)').waitFor();
    expect(await text.inputValue()).toBe('');
  });

  it('says when there is none yet', async () => {
    const { page, origin } = current();
    await page.goto(`${origin}/#/requests`);
    await page.getByText('There is no request that you may see').waitFor();
  });

  it('says why when it is refused (R23)', async () => {
    const { api, page, origin } = current();
    const type = '/problems/insufficient-scope';
    api.refusals.set('GET /v1/requests', { type, title: 'x', status: 403, detail: 'gdpr.read' });
    await page.goto(`${origin}/#/requests`);

    await page.getByText('You may not do that.').waitFor();
  });
});

describe('the page of a request', () => {
  it('is what a link in a ticket opens: run, what is missing, deadline, facts and trail, no code or name (R12, R31)', async () => {
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineTimeoutError' };
    const progress = [aSource('engine-1', 'DONE', 1500), missing];
    const ticket = { connectionId: 'jira', key: 'HR-12' };
    const { page, errors } = await open({ state: 'COMPLETED_WITH_ERRORS', progress, ticket, archive: LATER });
    const text = await textOf(page.locator('main'));

    expect(text).toContain('Done, but not completely');
    expect(text).toContain('The archive is incomplete. Missing');
    expect(text).toContain('HR-12 (jira)');
    expect(text).toContain('a person, somebody');
    expect(text).not.toMatch(/COMPLETED_WITH_ERRORS|UNREACHABLE|EngineTimeoutError/);
    expect(await page.title()).toBe('Request - GDPR console');
    expect(errors).toEqual([]);
  });

  it('starts and queries again with an account, and approves a plan', async () => {
    const { api, page } = await open({ state: 'AWAITING_LOGIN' });
    await page.getByRole('button', { name: 'LOG IN AND START' }).click();
    await giveAccount(page.getByRole('dialog'));
    await expect.poll(() => sent('login')).toEqual([{ login: { username: 'operator', password: 'sesame' } }]);

    await open({ state: 'AWAITING_APPROVAL', kind: 'anonymize', planDigest: 'd'.repeat(43) });
    await page.getByRole('button', { name: 'APPROVE' }).click();
    const dialog = page.getByRole('dialog', { name: 'APPROVE' });
    expect(await textOf(dialog)).toMatch(/nobody can undo it[\s\S]*plan hash/);
    const go = dialog.getByRole('button', { name: 'APPROVE' });
    await dialog.getByLabel('Plan hash').fill('hash');
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox').check();
    api.views = [aView({ ...OPEN, state: 'AWAITING_LOGIN', kind: 'anonymize' })];
    await go.click();
    await expect.poll(() => sent('approve')).toEqual([{ planHash: 'hash' }]);
    await dialog.waitFor({ state: 'detached' });
  });

  it('denies for a reason of the list, and moves the deadline', async () => {
    const { page } = await open({ state: 'AWAITING_LOGIN' });
    const choose = async (field: string, option: string) => {
      await page.getByRole('dialog').getByLabel(field).click();
      await page.getByRole('option', { name: option }).click();
    };
    await page.getByRole('button', { name: 'DENY' }).click();
    await choose('Reason', 'This person may not have this');
    await page.getByRole('dialog').getByRole('button', { name: 'DENY' }).click();
    await expect.poll(() => sent('deny')).toEqual([{ reasonCode: 'not-entitled' }]);

    await open({ state: 'RUNNING' });
    await page.getByRole('button', { name: 'EXTEND THE DEADLINE' }).click();
    await choose('Reason', 'The request is complex');
    await choose('By', 'One month');
    await page.getByRole('dialog').getByRole('button', { name: 'EXTEND THE DEADLINE' }).click();
    await expect.poll(() => sent('deadline')).toEqual([{ action: 'extend', reason: 'complexity', months: 1 }]);
  });

  it('deletes and cancels only after a tick, and shows a refusal where it was asked (R23)', async () => {
    const { api, page } = await open({ state: 'COMPLETED', archive: LATER });
    await page.getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'DELETE THE ARCHIVE' }).click();
    await page.getByText('Deleted at').waitFor();

    await open({ state: 'RUNNING' });
    const type = '/problems/wrong-state';
    api.refusals.set('POST /v1/requests/{id}/cancel', { type, title: 'x', status: 409, detail: 'too late' });
    await page.getByRole('button', { name: 'CANCEL THE REQUEST' }).click();
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'CANCEL THE REQUEST' }).click();
    await dialog.getByText('The request is in another state by now.').waitFor();
  });

  /** There it is still the second of December. */
  const inNewYork = {
    dueAt: '2999-12-03T04:59:59.000Z',
    deadline: { receivedAt: '2999-11-02', zone: 'America/New_York', pauses: [] },
  };

  it('shows 20 days left, and records the handover (R31)', async () => {
    const { api, page } = await open({
      state: 'COMPLETED',
      archive: LATER,
      needs: 'handover',
      daysLeft: 20,
      ...inNewYork,
    });
    await page.getByText('due by 2 Dec 2999: 20 days left').waitFor(); // the last day in the zone of the deadline
    await page.getByRole('button', { name: 'RECORD THE HANDOVER' }).click();
    await page.getByRole('dialog').getByLabel('To').click();
    await page.getByRole('option', { name: 'The person who asked' }).click();
    api.views = [aView({ state: 'COMPLETED', handover: { at: '2026-11-05T10:00:00.000Z', to: 'person' } })];
    await page.getByRole('dialog').getByRole('button', { name: 'RECORD THE HANDOVER' }).click();
    await page.getByText('The answer was handed over to the person on 5 Nov 2026.').waitFor();
    expect(sent('handover')).toEqual([{ to: 'person' }]);
  });

  it('can be acted on while its audit trail cannot be read (R23)', async () => {
    const { api, page, origin } = current();
    api.views = [aView({ ...OPEN, state: 'RUNNING' })];
    api.refusals.set('GET /v1/requests/{id}/events', {
      type: '/problems/internal',
      title: 'x',
      status: 500,
      detail: 'x',
    });
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText('The audit trail could not be read.').waitFor();

    expect(await page.getByRole('button', { name: 'CANCEL THE REQUEST' }).isVisible()).toBe(true);
  });

  it('says that a name has come back, and that an unknown request is not to be seen', async () => {
    const receipt = { rowsByTable: { 'gdpr.details': 41 }, residue: 2 };
    const { api, page, origin } = await open({ state: 'COMPLETED_WITH_ERRORS', kind: 'anonymize', receipt });
    await page.getByText('the name is there again 2 times').waitFor();
    const type = '/problems/request-not-found';
    api.refusals.set(`GET /v1/requests/${idOf(1)}`, { type, title: 'x', status: 404, detail: 'x' });
    await page.goto(`${origin}/#/requests/${idOf(1)}`);
    await page.getByText('There is no such request, or it is not yours to see').waitFor();
  });
});

describe('System check', () => {
  it('shows faults first with what to change, checks again, and says when it is refused (R32)', async () => {
    const { api, errors } = current();
    api.doctor = aReport;
    api.delayMs = 4000; // longer than a busy machine needs to look at the button
    const page = await openPage(current().page, 'System check');
    const again = page.getByRole('button', { name: 'CHECK AGAIN' });
    expect(await again.isDisabled()).toBe(true);
    const rows = page.getByRole('table', { name: 'All checks' }).getByRole('row');
    await rows.nth(5).waitFor();
    const texts = await rows.allTextContents();
    const states = texts.slice(1).map((text) => /Fault|Warning|Not measured|Not set up|Ready/.exec(text)?.[0]);
    expect(states.join()).toBe('Fault,Warning,Not measured,Not set up,Ready');
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
    const page = await openEngines(current().page);
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
    expect(started(api)).toEqual([{ kind: 'remove', subject, login: ACCOUNT, reference: 'HR-9' }]);
    await expect.poll(() => api.bodies('POST /v1/devices/where')).toHaveLength(2);
    expect(page.url()).toContain(`#/requests/${REQUEST_ID}`);
    expect(page.url()).not.toContain('LT-101');
  });

  it('starts no second removal, and none of what no Engine holds; another name forgets the answer', async () => {
    const { api } = current();
    api.device = { ...aDeviceThere, requestIds: [REQUEST_ID] };
    const page = await openEngines(current().page);
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
    const page = await openEngines(current().page);
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
