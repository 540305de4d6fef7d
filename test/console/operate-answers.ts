import type { Page } from 'playwright-core';
import type { DeviceView, DoctorReport, RedirectionView } from '../../client/types.ts';
import { aView, REQUEST_ID } from '../cli/scripted-api.ts';
import type { OpenConsole } from './open-console.ts';

const AT = '2026-11-03T10:00:00.000Z';

/** A device that one Engine holds, one does not, and one could not be asked for. */
export const aDeviceThere: DeviceView = {
  checkedAt: AT,
  requestIds: [],
  engines: [
    {
      name: 'engine-1',
      state: 'HELD',
      open: ['uninstall-collector', 'set-storage-to-remove', 'wait-24-hours'],
      heldAt: AT,
      devices: [
        {
          name: 'LT-101',
          meant: true,
          lastSeen: '2026-11-02T09:00:00',
          storagePolicy: 'default',
          users: ['anna@CORP', 'ben@CORP'],
        },
      ],
    },
    { name: 'engine-2', state: 'ABSENT', open: [], devices: [] },
    { name: 'engine-3', state: 'UNKNOWN', reason: 'EngineTimeoutError', open: [], devices: [] },
  ],
};

/** What arrives at an Engine that changes over, and one that refuses the account. */
export const aTraffic: RedirectionView = {
  checkedAt: AT,
  engines: [
    {
      name: 'engine-1',
      arriving: [
        {
          names: 'devices',
          now: 'hashed',
          forms: [{ form: 'hashed', rows: 9, since: '2026-10-31', until: '2026-11-03' }],
        },
        { names: 'users', now: 'clear', changedAt: '2026-11-01T08:00:00', forms: [] },
        { names: 'domains', now: 'absent', forms: [] },
        { names: 'urls', now: 'unknown', forms: [] },
      ],
    },
    { name: 'engine-2', reason: 'EngineAuthError', arriving: [] },
  ],
  advice: ['Redirect the traffic of the Collectors with anonymization.', 'Measure again.'],
};

/** A report of the doctor with a check of each state. */
export const aReport: DoctorReport = {
  at: AT,
  state: 'fault',
  checks: [
    { name: 'Engine engine-2', state: 'fault', evidence: 'No answer within 25 s', mend: 'engines.engine-2' },
    { name: 'Schedule sweep', state: 'warning', evidence: 'Its last run was 40 minutes ago', mend: 'the schedule' },
    { name: 'Portal role search', state: 'not measured', evidence: 'The mapping is not right' },
    { name: 'Time-stamping authority', state: 'not configured', evidence: 'It is not set', mend: 'audit.witness' },
    { name: 'Bucket', state: 'ok', evidence: 'It was tried, and works' },
  ],
};

/** A removal as its request shows it. */
export const aRemoval = {
  checkedAt: AT,
  nextCheckAt: '2026-11-04T10:00:00.000Z',
  engines: aDeviceThere.engines.map(({ devices: _devices, ...place }) => place),
};

export const ACCOUNT = { username: 'operator', password: 'sesame' };

/** Opens a page by its entry in the menu. */
export async function openPage(page: Page, title: string): Promise<Page> {
  await page.getByRole('navigation').getByRole('link', { name: title }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  return page;
}

/** Opens `Devices and redirection` and fills in the account. */
export async function openEngines(page: Page): Promise<Page> {
  await openPage(page, 'Devices and redirection');
  await page.getByLabel('Username').fill(ACCOUNT.username);
  await page.getByLabel('Password').fill(ACCOUNT.password);
  return page;
}

/** The pages of operators with answers on them, in any language. */
export const OPERATOR_VIEWS: Readonly<
  Record<string, (stage: Pick<OpenConsole, 'api' | 'page' | 'origin'>) => Promise<void>>
> = {
  'operator, check': async ({ api, page, origin }) => {
    api.doctor = aReport;
    await page.goto(`${origin}/#/check`);
    await page.getByText('Bucket').waitFor();
  },
  'operator, engines': async ({ api, page, origin }) => {
    api.device = aDeviceThere;
    api.redirection = aTraffic;
    await page.goto(`${origin}/#/engines`);
    for (const [at, text] of ['operator', 'sesame', 'LT-101'].entries())
      await page.getByRole('textbox').nth(at).fill(text);
    await page.keyboard.press('Enter');
    await page.getByText('engine-3').waitFor();
    await page.getByRole('region').last().getByRole('button').last().click();
    await page.getByText(aTraffic.advice[0]!).waitFor();
  },
  'operator, removal': async ({ api, page, origin }) => {
    api.views = [aView({ kind: 'remove', subjectKind: 'device', state: 'AWAITING_REMOVAL', removal: aRemoval })];
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText('engine-3').waitFor();
  },
};
