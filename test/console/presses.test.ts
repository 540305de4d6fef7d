import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestView } from '../../client/types.ts';
import { aFinding, aSource, aView, FINISHED, REQUEST_ID } from '../cli/scripted-api.ts';
import { startOver } from './console-host.ts';
import {
  countRows,
  giveAccount,
  openAnonymization,
  openRetrieval,
  section,
  started,
  useConsole,
} from './open-console.ts';

const current = useConsole();
const DEEP = process.env.GDPR_TEST_DEEP === '1';
const PRESSES = DEEP ? 100 : 4;
const MAX_MS = DEEP ? 3_600_000 : 180_000;

/** Milliseconds between two presses, 30 to 200, the same in each run. */
const intervals = Array.from({ length: PRESSES }, (_, index) => 30 + ((index * 73) % 171));

const running = aView({ kind: 'anonymize', state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] });

/** Presses a key, or the mouse where a button is, twice with a pause, as somebody does who is in a hurry. */
async function pressTwice(page: Page, way: Way, button: Locator, pause: number): Promise<void> {
  const box = (await button.boundingBox())!;
  await button.focus();
  for (const round of [0, 1]) {
    if (way === 'mouse') await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    else await page.keyboard.press(way);
    if (round === 0) await page.waitForTimeout(pause);
  }
}

/** Holds Enter, for two seconds in the deep tests: the first press, then repeats, as the keyboard sends them. */
async function holdEnter(page: Page, button: Locator, ms = DEEP ? 2000 : 400): Promise<void> {
  await button.focus();
  for (let held = 0; held < ms; held += 40) {
    await page.keyboard.down('Enter');
    await page.waitForTimeout(40);
  }
  await page.keyboard.up('Enter');
}

/** Leaves the dialog of what runs, whether it asks already or not. A press just after an answer has come does nothing: then again. */
async function leaveRunning(page: Page, dialog: Locator, rest = () => page.waitForTimeout(50)): Promise<void> {
  const buttons = ['KEEP IT RUNNING', 'CLOSE'].map((name) => dialog.getByRole('button', { name, exact: true }));
  const press = async () => {
    for (const button of buttons) if (await button.isVisible()) await button.click({ timeout: 2000 }).catch(() => {});
    await rest();
    return await dialog.isVisible();
  };
  await expect.poll(press).toBe(false);
  await page.getByRole('navigation').getByRole('link', { name: 'GDPR', exact: true }).click();
}

const WAYS = ['Enter', 'Space', 'mouse'] as const;
type Way = (typeof WAYS)[number];

const archive = { byteLength: FINISHED.byteLength, expiresAt: '2999-11-09T10:00:00.000Z' };
const paused = {
  receivedAt: '2026-11-02T10:00:00.000Z',
  pauses: [{ from: '2026-11-02T11:00:00Z', reason: 'scope' as const }],
};

/** Each step of a request, by its button, with a request that allows it. */
const STEPS: Readonly<Record<string, Partial<RequestView>>> = {
  'LOG IN AND START': { state: 'AWAITING_LOGIN' },
  APPROVE: { state: 'AWAITING_APPROVAL', kind: 'anonymize', planDigest: 'd'.repeat(43) },
  DENY: { state: 'AWAITING_APPROVAL' },
  'RECORD THE HANDOVER': { state: 'COMPLETED', archive, needs: 'handover' },
  'CANCEL THE REQUEST': { state: 'RUNNING' },
  'DELETE THE ARCHIVE': { state: 'COMPLETED', archive },
  'QUERY WHAT IS MISSING': { state: 'COMPLETED_WITH_ERRORS', archive, progress: [aSource('engine-1', 'UNREACHABLE')] },
  'PAUSE THE DEADLINE': { state: 'RUNNING' },
  'RESUME THE DEADLINE': { state: 'RUNNING', deadline: paused },
  'EXTEND THE DEADLINE': { state: 'RUNNING' },
};

async function openRequest(view: Partial<RequestView>): Promise<void> {
  const { api, page, origin } = current();
  api.views = [aView({ dueAt: '2999-12-02T23:59:59.000Z', ...view })];
  await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
  await page.getByRole('heading', { level: 1, name: 'Request', exact: true }).waitFor();
}

/** Calls that change something. */
const sent = (): string[] =>
  current()
    .api.calls.map(({ route }) => route)
    .filter((route) => !route.startsWith('GET') && route !== 'POST /v1/engines');

/** Nothing was confirmed on purpose, so nothing may have been sent that starts, commits or cancels. */
function expectNothingDone(): void {
  const { api } = current();
  expect(started(api)).toEqual([]);
  expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
  expect(api.calls.filter(({ route }) => route.startsWith('DELETE'))).toEqual([]);
}

function expectOneStarted(): void {
  const { api } = current();
  expect(started(api)).toHaveLength(1);
  expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
}

describe('a second press', () => {
  it('of CONTINUE starts no anonymization in any step, of ANONYMIZE starts one and cancels nothing, with a fast and a slow API', {
    timeout: MAX_MS,
  }, async () => {
    const { api, page } = current();
    api.views = [running];
    for (const [index, pause] of intervals.entries()) {
      const way = WAYS[index % WAYS.length]!;
      api.calls.length = 0;
      api.delayMs = index % 2 === 0 ? 0 : pause;
      const dialog = await openAnonymization(page);
      await dialog.getByLabel('Username').fill('operator');
      await dialog.getByLabel('Password').fill('sesame');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByRole('checkbox').first().check();
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByText('What will change').waitFor();
      await page.waitForTimeout(50);
      expectNothingDone();
      await dialog.getByLabel('Type the name once more').fill('anna');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }), pause);
      await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
      expectOneStarted();
      await leaveRunning(page, dialog);
    }
  });

  it('of Enter, held for two seconds, does no more than one press', async () => {
    const { api, page } = current();
    api.views = [running];
    const dialog = await openAnonymization(page);
    await countRows(dialog);
    await dialog.getByLabel('Type the name once more').fill('anna');
    await holdEnter(page, dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }), 2000);
    await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
    expectOneStarted();
  });

  it('of Enter, held in each step of a retrieval, does no more than one press (R7)', async () => {
    const { api, page } = current();
    api.subjects = aFinding(['anna@CORP', 'anna@LAB']);
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    await section(page, 'Retrieve user data').getByLabel('Username').fill('anna');
    await section(page, 'Retrieve user data').getByLabel('Engine data').check();
    await holdEnter(page, page.getByRole('button', { name: 'DOWNLOAD DATA' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('operator');
    await dialog.getByLabel('Password').fill('sesame');
    await holdEnter(page, dialog.getByLabel('Password'));
    await dialog.getByText('Which of these people?').waitFor();
    expectNothingDone();
    await dialog.getByRole('checkbox').first().check();
    await holdEnter(page, dialog.getByRole('button', { name: 'CONTINUE' }));
    await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
    await holdEnter(page, dialog.getByRole('button', { name: 'CLOSE', exact: true }));
    await dialog.getByText('Keep it running?').waitFor();
    expectOneStarted();
  });

  it.each(DEEP ? Object.entries(STEPS) : [])(
    'of Enter, held on %s, opens its dialog and sends nothing',
    async (name, view) => {
      const { page } = current();
      await openRequest(view);
      await holdEnter(page, page.getByRole('main').getByRole('button', { name }));
      await page.getByRole('dialog', { name }).waitFor();
      expect(sent()).toEqual([]);
      await holdEnter(page, page.getByRole('dialog').getByRole('button', { name: 'CLOSE', exact: true }));
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(sent()).toEqual([]);
    },
  );

  it('of CLOSE keeps a retrieval running, and of CONTINUE cancels none (R7)', { timeout: MAX_MS }, async () => {
    const { api, page } = current();
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    for (const [index, pause] of intervals.slice(0, DEEP ? 100 : 3).entries()) {
      const way = WAYS[index % WAYS.length]!;
      const dialog = await openRetrieval(page);
      await dialog.getByLabel('Username').fill('operator');
      await dialog.getByLabel('Password').fill('sesame');
      await pressTwice(page, way, dialog.getByRole('button', { name: 'CONTINUE' }), pause);
      await dialog.getByRole('row', { name: /engine-1 At work/ }).waitFor();
      const close = dialog.getByRole('button', { name: /^(CLOSE|KEEP IT RUNNING)$/ });
      await pressTwice(page, way, close, pause);
      await page.waitForTimeout(50);
      expect(api.bodies('POST /v1/requests/{id}/cancel')).toEqual([]);
      await leaveRunning(page, dialog);
    }
    expect(started(api)).toHaveLength(DEEP ? 100 : 3);
  });

  it.each(Object.entries(STEPS))(
    'of %s sends nothing before it was confirmed, and of CLOSE neither',
    {
      timeout: MAX_MS,
    },
    async (name, view) => {
      const { page } = current();
      await openRequest(view);
      const dialog = page.getByRole('dialog', { name });
      const first = WAYS[Object.keys(STEPS).indexOf(name) % WAYS.length]!;
      for (const [index, pause] of intervals.slice(0, DEEP ? 100 : 1).entries()) {
        const way = DEEP ? WAYS[index % WAYS.length]! : first;
        await pressTwice(page, way, page.getByRole('main').getByRole('button', { name }), pause);
        await dialog.waitFor();
        const go = dialog.getByRole('button', { name: /^(CONTINUE|[A-Z ]+)$/ }).last();
        if (await go.isDisabled()) await pressTwice(page, way, go, pause);
        expect(sent()).toEqual([]);
        await pressTwice(page, way, dialog.getByRole('button', { name: 'CLOSE', exact: true }), pause);
        expect(sent()).toEqual([]);
        // the focus is back where it was, so that a second press of a key asks again
        if (await dialog.isVisible()) await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
      }
    },
  );

  it.each(['CANCEL THE REQUEST', 'DELETE THE ARCHIVE', 'RESUME THE DEADLINE'])(
    'of %s, once confirmed, sends it once',
    {
      timeout: MAX_MS,
    },
    async (name) => {
      const { api, page } = current();
      const dialog = page.getByRole('dialog', { name });
      for (const [index, pause] of intervals.slice(0, DEEP ? 100 : 1).entries()) {
        await startOver(page, current().origin);
        await openRequest(STEPS[name]!);
        api.calls.length = 0;
        await page.getByRole('main').getByRole('button', { name }).click();
        for (const box of await dialog.getByRole('checkbox').all()) await box.check();
        await pressTwice(page, WAYS[(index + 1) % WAYS.length]!, dialog.getByRole('button', { name }), pause);
        await expect.poll(sent).toHaveLength(1);
        if (await dialog.isVisible()) await page.keyboard.press('Escape'); // the second press asks again
        await dialog.waitFor({ state: 'detached' });
        expect(sent()).toHaveLength(1);
      }
    },
  );

  it('of Enter in the fields of the page opens one dialog, and starts nothing', async () => {
    const { page } = current();
    const form = section(page, 'Retrieve user data');
    await form.getByLabel('Engine data').check();
    await form.getByLabel('Username').fill('anna');
    await form.getByLabel('Username').press('Enter');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'GDPR Retrieve data' }).waitFor();
    await giveAccount(page.getByRole('dialog'));
    await expect.poll(() => started(current().api)).toHaveLength(1);
  });
});

describe('the focus, once a dialog is gone,', () => {
  const focused = () => current().page.evaluate(() => document.activeElement?.textContent);

  it('is where it was, or at the heading of the page where that is gone or cannot be pressed (R0)', async () => {
    const { api, page } = current();
    const dialog = page.getByRole('dialog');
    await openRetrieval(page);
    await dialog.getByRole('heading', { name: 'What is about to happen' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('DOWNLOAD DATA');
    await openAnonymization(page);
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).press('Enter');
    await expect.poll(focused).toBe('GDPR'); // the tick is gone, so ANONYMIZE DATA cannot be pressed

    await openRequest({ state: 'RUNNING' });
    await page.getByRole('button', { name: 'PAUSE THE DEADLINE' }).click();
    await dialog.getByRole('button', { name: 'Leave this dialog' }).click();
    await expect.poll(focused).toBe('PAUSE THE DEADLINE');
    await page.getByRole('button', { name: 'CANCEL THE REQUEST' }).click();
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'CANCEL THE REQUEST' }).press('Enter');
    await expect.poll(focused).toBe('Request');
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(1);
  });

  it('is back after a run that has ended, and at the heading of the page of one that goes on', async () => {
    const { api, page } = current();
    api.views = [aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'DONE', 5)], archive })];
    const dialog = await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByText('You find this request again').waitFor();
    await dialog.getByRole('button', { name: 'CLOSE', exact: true }).press('Enter');
    await expect.poll(focused).toBe('DOWNLOAD DATA');

    api.views = [running];
    await openRetrieval(page);
    await giveAccount(dialog);
    await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByRole('heading', { name: 'Keep it running?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await expect.poll(focused).toBe('Request');
  });
});

const MAX_TABS = 60;

/** Presses the Tab key until the focus is on the element. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await element.waitFor();
  for (let press = 0; press < MAX_TABS; press++) {
    if (await element.evaluate((found) => found === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not reach ${element}`);
}

async function press(page: Page, element: Locator, key: string): Promise<void> {
  await tabTo(page, element);
  await page.keyboard.press(key);
}

async function type(page: Page, element: Locator, text: string): Promise<void> {
  await tabTo(page, element);
  await page.keyboard.type(text);
}

it('both flows can be done by keyboard alone, at a zoom of 200 % (R3 to R8, R13 to R17)', async () => {
  const { api, page, errors } = current();
  await page.setViewportSize({ width: 640, height: 450 }); // what 1280 px are at a zoom of 200 %
  const retrieve = section(page, 'Retrieve user data');
  api.views = [aView({ state: 'COMPLETED', progress: [aSource('engine-1', 'DONE', 5)], archive })];
  await type(page, retrieve.getByLabel('Username'), 'anna');
  await press(page, retrieve.getByLabel('Engine data'), 'Space');
  await press(page, retrieve.getByRole('button', { name: 'DOWNLOAD DATA' }), 'Enter');
  const dialog = page.getByRole('dialog');
  await type(page, dialog.getByLabel('Username'), 'operator');
  await type(page, dialog.getByLabel('Password'), 'sesame');
  const downloading = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  await downloading;
  await press(page, dialog.getByRole('button', { name: 'CLOSE', exact: true }), 'Enter');
  await dialog.waitFor({ state: 'detached' });

  const form = section(page, 'Anonymize user data');
  api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } })];
  await type(page, form.getByLabel('Username'), 'anna');
  await press(page, form.getByRole('checkbox'), 'Space');
  await press(page, form.getByRole('button', { name: 'ANONYMIZE DATA' }), 'Enter');
  await type(page, dialog.getByLabel('Username'), 'operator');
  await type(page, dialog.getByLabel('Password'), 'sesame');
  await page.keyboard.press('Enter');
  await press(page, dialog.getByRole('checkbox').first(), 'Space');
  await press(page, dialog.getByRole('button', { name: 'CONTINUE' }), 'Enter');
  await type(page, dialog.getByLabel('Type the name once more'), 'anna');
  await press(page, dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }), 'Enter');
  await dialog.getByText('The user is anonymized in the Portal.').waitFor();

  expect(started(api)).toMatchObject([{ kind: 'retrieve' }, { kind: 'anonymize', irreversible: true }]);
  expect(errors).toEqual([]);
});

/** The timers of the pages: 400 ms before the Engines list, 700 and 2000 ms between two looks at a run. */
describe('with the clock of the page stopped', () => {
  /** Lets the page come to rest: what draws waits for the clock too. */
  const settle = (ms = 60) => current().page.clock.runFor(ms);

  /** Waits for what an answer brings: one may come after the page has come to rest. */
  const appears = (what: Locator) =>
    expect
      .poll(async () => {
        await settle();
        return await what.isVisible();
      })
      .toBe(true);

  /** On both sides of a timer, milliseconds. */
  const aside = (milliseconds: number): [Way, number][] => {
    const ways = DEEP ? WAYS : [WAYS[(milliseconds + 1) % WAYS.length]!];
    return ways.flatMap((way) => [milliseconds - 1, milliseconds + 1].map((at): [Way, number] => [way, at]));
  };

  /** Presses twice where the button is now, first at once, then when the page has taken it in. */
  async function pressAround(way: Way, button: Locator): Promise<void> {
    const { page } = current();
    const box = (await button.boundingBox())!;
    await button.focus();
    for (const _ of [0, 1]) {
      if (way === 'mouse') await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      else await page.keyboard.press(way);
      await settle(2);
    }
  }

  beforeAll(async () => {
    const { page } = current();
    await page.reload(); // the test before had a narrow window
    await page.getByRole('tab', { name: 'APPLIANCE' }).waitFor();
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1000);
  });

  afterAll(() => current().page.clock.resume());

  it.each(aside(400))(
    '%s around the Engines list that comes by itself, after %i ms, starts once and cancels nothing (R5)',
    {
      timeout: MAX_MS,
    },
    async (way, at) => {
      const { api, page } = current();
      api.engines = { federation: 'all-listed', engines: [anEngine] };
      api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
      const dialog = await openRetrieval(page);
      await settle();
      await dialog.getByLabel('Username').fill('operator');
      await dialog.getByLabel('Password').fill('sesame');
      const go = dialog.getByRole('button', { name: 'CONTINUE' });
      await go.focus(); // the list comes 400 ms after the password was left
      await settle(at);
      await pressAround(way, go);
      await appears(dialog.getByRole('row', { name: /engine-1 At work/ }));
      expectOneStarted();
      await settle(1000);
      expectOneStarted();
      await leaveRunning(page, dialog, () => settle(1000));
    },
  );

  it.each(aside(400))('%s after %i ms goes no further than the persons of an anonymization (R14)', async (way, at) => {
    const { page } = current();
    const dialog = await openAnonymization(page);
    await settle();
    await dialog.getByLabel('Username').fill('operator');
    await dialog.getByLabel('Password').fill('sesame');
    const go = dialog.getByRole('button', { name: 'CONTINUE' });
    await go.focus();
    await settle(at);
    await pressAround(way, go);
    await appears(dialog.getByText('One account has the name'));
    await settle(1000);
    expectNothingDone();
    expect(current().api.bodies('POST /v1/preview')).toEqual([]);
  });

  it.each(aside(700))(
    'CLOSE by %s, %i ms after the last look at a run, cancels nothing, whether it has ended or not (R7, R16)',
    async (way, at) => {
      const { api, page } = current();
      const done = { kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } } as const;
      api.views = [running];
      const dialog = await openAnonymization(page);
      await settle();
      await countRows(dialog);
      await dialog.getByLabel('Type the name once more').fill('anna');
      await dialog.getByRole('button', { name: 'ANONYMIZE', exact: true }).click();
      await dialog.getByRole('row', { name: /portal At work/ }).waitFor();
      api.views = [aView(done)];
      await settle(at);
      await pressAround(way, dialog.getByRole('button', { name: /^(CLOSE|KEEP IT RUNNING)$/ }));
      await settle(1000);
      expectOneStarted();
      await leaveRunning(page, dialog, () => settle(1000));
    },
  );

  it.each(aside(2000))('%s, %i ms after the connection was lost, sends nothing from a step', async (way, at) => {
    const { page, toggleOutage } = current();
    await openRequest({ ...STEPS['CANCEL THE REQUEST'], updatedAt: `2026-11-02T10:00:0${at % 10}.000Z` });
    await page.getByRole('main').getByRole('button', { name: 'CANCEL THE REQUEST' }).waitFor();
    toggleOutage();
    await settle(800); // the next look finds nobody
    await page.getByText('Connection lost').waitFor();
    await settle(at);
    await pressAround(way, page.getByRole('main').getByRole('button', { name: 'CANCEL THE REQUEST' }));
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await pressAround(way, dialog.getByRole('button', { name: 'CANCEL THE REQUEST' }));
    toggleOutage();
    await settle(2000);
    expect(sent()).toEqual([]);
  });
});

const anEngine = {
  engineId: 'e1',
  name: 'engine-1',
  timezone: 'UTC',
  version: '6.30.4',
  status: 'CONNECTED',
  state: 'READY' as const,
  findings: [],
};
