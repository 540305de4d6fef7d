import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { RequestState, SourceState } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import { SOURCE_STATES, STATES } from '../../console/request-page/states.ts';
import { aFinding, aSource, aView, FINISHED, REQUEST_ID, type ScriptedApi } from '../cli/scripted-api.ts';
import { section } from './open-console.ts';
import { OPERATOR_VIEWS } from './operate-answers.ts';

/** What a view is opened with. The words of the page come from the texts, so that each language has the same views. */
export interface Stage {
  readonly api: ScriptedApi;
  readonly page: Page;
  readonly origin: string;
  /** A text of the language that the page is shown in. */
  say(key: string): string;
}

/** Brings the page, which shows an empty `GDPR`, into the state. */
export type Opens = (stage: Stage) => Promise<void>;

const LATER = '2999-11-09T10:00:00.000Z';
const ARCHIVE = { byteLength: FINISHED.byteLength, expiresAt: LATER };
const OPEN = { dueAt: '2999-12-02T23:59:59.000Z', daysLeft: 20 };
const LONG_NAME = 'x'.repeat(300);
const DEEP = process.env.GDPR_TEST_DEEP === '1';
/** What is typed where a view is not about long names: the deep tests have them everywhere. */
const NAME = DEEP ? LONG_NAME : 'anna';
const ENGINE_1 = DEEP ? `engine-1${LONG_NAME}` : 'engine-1';
const PAUSED = { receivedAt: '2026-11-02T10:00:00.000Z', pauses: [{ from: LATER, reason: 'scope' as const }] };
const RECEIPT = {
  rowsByTable: { 'portal.users': 17, 'portal.notes': 25 },
  residue: 0,
  mentions: { 'portal.notes.note': 3 },
  lookalikes: { 'portal.notes.note': 1 },
};
const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineTimeoutError' };
const INCOMPLETE: Partial<RequestView> = {
  state: 'COMPLETED_WITH_ERRORS',
  progress: [aSource(ENGINE_1, 'DONE', 1500), missing],
};
const WORKING = {
  ...aSource(ENGINE_1, 'RUNNING', 1200),
  phase: 'QUERYING',
  current: 'engines/execution.csv',
  window: { from: '2026-10-01T00:00:00.000Z', to: '2026-10-08T00:00:00.000Z' },
  share: 0.4,
  secondsLeft: 90,
} as const;
const RUNNING: Partial<RequestView> = {
  state: 'RUNNING',
  estimate: { share: 0.4, secondsLeft: 90 },
  progress: [WORKING, aSource('engine-2', 'PENDING')],
};
const REHEARSAL = { rowsByTable: RECEIPT.rowsByTable, refusals: [], notTried: [], lockedSeconds: 2 };

const button = (scope: Page | Locator, { say }: Stage, key: string) =>
  scope.getByRole('button', { name: say(key), exact: true });
const refuse = (api: ScriptedApi, route: string, type: string, status = 403) =>
  api.refusals.set(route, { type: `/problems/${type}`, title: 'x', status, detail: 'x' });

/** A list with these requests. */
const list =
  (requests: readonly RequestView[]): Opens =>
  async ({ api, page, origin }) => {
    api.pages = [requests];
    await page.goto(`${origin}/#/requests`);
    await page.locator('main table, main [role=alert]').first().waitFor();
    await page.getByText(`(${requests.length})`).waitFor();
  };

/** The page of a request with its trail. */
const request =
  (view: Partial<RequestView>): Opens =>
  async ({ api, page, origin }) => {
    api.views = [aView({ ...OPEN, ...view })];
    const by = { id: 'somebody', role: 'person' as const };
    const event = {
      requestId: REQUEST_ID,
      at: LATER,
      by,
      state: 'QUEUED' as const,
      attempt: 1,
      before: '0'.repeat(64),
    };
    api.events = [
      { ...event, seq: 1, what: 'requested' },
      { ...event, seq: 2, what: 'failed', error: 'SettingsError', by: { id: 'system', role: 'system' } },
    ];
    api.manifest = { ...api.manifest, complete: view.state === 'COMPLETED', accountScope: 'attested' };
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByRole('row', { name: 'somebody' }).waitFor();
  };

/** A step of a request, asked about. */
const step =
  (name: string, view: Partial<RequestView>): Opens =>
  async (stage) => {
    await request(view)(stage);
    await button(stage.page, stage, `action.${name}`).click();
    await stage.page.getByRole('dialog').waitFor();
  };

async function openDialog({ page, say }: Stage, kind: 'retrieve' | 'anonymize', name = NAME, field = 'username') {
  const form = section(page, say(`section.${kind}.title`));
  await form.getByLabel(say(`field.${field}`), { exact: true }).fill(name);
  const boxes = kind === 'retrieve' ? ['sources.engine', 'sources.portal'] : ['anonymize.irreversible'];
  for (const box of boxes) await form.getByLabel(say(box), { exact: true }).check();
  await form.getByRole('button', { name: say(`section.${kind}.button`) }).click();
  return page.getByRole('dialog');
}

async function fillAccount(dialog: Locator, { say }: Stage): Promise<void> {
  await dialog.getByLabel(say('field.username'), { exact: true }).fill('operator');
  await dialog.getByLabel(say('field.password'), { exact: true }).fill('sesame');
}

async function giveAccount(dialog: Locator, stage: Stage): Promise<void> {
  await fillAccount(dialog, stage);
  await button(dialog, stage, 'continue').click();
}

/** The dialog of a retrieval once it has started. */
const retrieval =
  (view: Partial<RequestView>): Opens =>
  async (stage) => {
    const { api } = stage;
    api.views = [aView({ ...OPEN, ...view })];
    api.manifest = { ...api.manifest, complete: view.state === 'COMPLETED' };
    const dialog = await openDialog(stage, 'retrieve');
    await giveAccount(dialog, stage);
    await dialog
      .getByText(stage.say(`state.${view.state}`))
      .first()
      .waitFor();
  };

/** The dialog of an anonymization where it asks which person is meant. */
async function askPerson(stage: Stage, name = NAME): Promise<Locator> {
  const dialog = await openDialog(stage, 'anonymize', name);
  await giveAccount(dialog, stage);
  await dialog.getByText(stage.say('people.title.user')).waitFor();
  return dialog;
}

/** The same where it shows what will change. */
async function showPlan(stage: Stage, name = NAME): Promise<Locator> {
  const dialog = await askPerson(stage, name);
  await dialog.getByRole('checkbox').first().check();
  await button(dialog, stage, 'continue').click();
  await dialog.getByText(stage.say('plan.title'), { exact: true }).waitFor();
  return dialog;
}

const rehearsal =
  (view: Partial<RequestView>): Opens =>
  async (stage) => {
    const dialog = await showPlan(stage);
    stage.api.views = [aView({ kind: 'rehearse', ...view })];
    await button(dialog, stage, 'rehearsal.go').click();
    await dialog
      .getByText(stage.say(`state.${view.state}`), { exact: true })
      .first()
      .waitFor();
    await stage.page.getByRole('dialog').getByLabel(stage.say('anonymize.typeAgain')).scrollIntoViewIfNeeded();
  };

/** The dialog of an anonymization once it has started. */
const anonymization =
  (view: Partial<RequestView>): Opens =>
  async (stage) => {
    const dialog = await showPlan(stage);
    stage.api.views = [aView({ kind: 'anonymize', ...OPEN, ...view })];
    await dialog.getByLabel(stage.say('anonymize.typeAgain'), { exact: true }).fill(NAME);
    await button(dialog, stage, 'anonymize.go').click();
    await dialog
      .getByText(stage.say(`state.${view.state}`))
      .first()
      .waitFor();
  };

const askAfterwards =
  (opens: Opens): Opens =>
  async (stage) => {
    await opens(stage);
    await button(stage.page.getByRole('dialog'), stage, 'close').click();
    await button(stage.page.getByRole('dialog'), stage, 'run.keep').waitFor();
  };

const states = Object.keys(STATES) as RequestState[];
/** One in each state. */
const SOURCES = (Object.keys(SOURCE_STATES) as SourceState[]).map((state, number) =>
  aSource(`engine-${number}`, state),
);
const idOf = (number: number) => REQUEST_ID.replace(/^.{8}/, String(number).padStart(8, '0'));

/** Every view, dialog and step of a person who is logged in, by its name. The last one ends the session. */
export const VIEWS: Readonly<Record<string, Opens>> = {
  ...OPERATOR_VIEWS,
  'gdpr, empty': async () => {},
  'gdpr, filled in wrongly': async ({ page, say }) => {
    const form = section(page, say('section.retrieve.title'));
    await form.getByRole('button', { name: say('case.title') }).click();
    await form.getByRole('button', { name: say('section.retrieve.button') }).click();
    await form.getByText(say('name.none')).waitFor();
    const other = section(page, say('section.anonymize.title'));
    for (const field of ['username', 'device']) await other.getByLabel(say(`field.${field}`)).fill(LONG_NAME);
  },
  'list, empty': list([]),
  'list, each state': list(
    states.map((state, number) =>
      aView({
        requestId: idOf(number),
        state,
        kind: (['retrieve', 'anonymize', 'rehearse'] as const)[number % 3]!,
        ...(number > 0 && { reference: number === 1 ? LONG_NAME.slice(0, 64) : `HR-${number}` }),
        ...(number % 2 === 0 ? OPEN : { daysLeft: -3 }),
        ...(number < 3 && { needs: (['approval', 'login', 'removal'] as const)[number]! }),
      }),
    ),
  ),
  'list, nothing matches': async (stage) => {
    await list([aView({ reference: 'HR-1' })])(stage);
    await stage.page.getByLabel(stage.say('requests.search')).fill('zzz');
    await stage.page.getByText(stage.say('requests.noMatch')).waitFor();
  },
  'list, refused': async ({ api, page, origin, say }) => {
    refuse(api, 'GET /v1/requests', 'insufficient-scope');
    await page.goto(`${origin}/#/requests`);
    await page.getByText(say('problem.insufficient-scope')).waitFor();
  },
  ...Object.fromEntries(
    states.map((state) => [`request, ${state}`, request({ state, failure: 'SettingsError', progress: SOURCES })]),
  ),
  'request, at work': request(RUNNING),
  'request, with an archive': request({ ...INCOMPLETE, archive: ARCHIVE, reference: LONG_NAME.slice(0, 64) }),
  'request, anonymized': request({ kind: 'anonymize', state: 'COMPLETED', receipt: RECEIPT }),
  'request, came back': request({
    kind: 'anonymize',
    state: 'COMPLETED_WITH_ERRORS',
    receipt: { ...RECEIPT, residue: 2 },
  }),
  'request, rehearsed': request({ kind: 'rehearse', state: 'COMPLETED', rehearsal: REHEARSAL }),
  'request, deadline paused': request({
    state: 'AWAITING_LOGIN',
    deadline: { ...PAUSED, extension: { months: 2, reason: 'complexity', at: LATER } },
  }),
  'request, overdue': request({ state: 'AWAITING_APPROVAL', dueAt: '2026-11-02T23:59:59.000Z', daysLeft: -9 }),
  'request, handed over': request({
    state: 'COMPLETED',
    archive: ARCHIVE,
    handover: { at: '2026-11-05T10:00:00.000Z', to: 'representative' },
  }),
  'request, unknown': async ({ api, page, origin, say }) => {
    refuse(api, 'GET /v1/requests/{id}', 'request-not-found', 404);
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText(say('problem.request-not-found')).waitFor();
  },
  'request, no audit trail': async ({ api, page, origin, say }) => {
    api.views = [aView({ ...OPEN, state: 'RUNNING' })];
    refuse(api, 'GET /v1/requests/{id}/events', 'internal', 500);
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText(say('trail.away')).waitFor();
  },
  'request, connection lost': async (stage) => {
    await request(RUNNING)(stage);
    await stage.page.context().setOffline(true);
    await stage.page.getByText(stage.say('run.lost')).waitFor();
  },
  'step, log in': step('login', { state: 'AWAITING_LOGIN' }),
  'step, approve': step('approve', { state: 'AWAITING_APPROVAL', kind: 'anonymize', planDigest: 'd'.repeat(43) }),
  'step, deny': step('deny', { state: 'AWAITING_APPROVAL' }),
  'step, query again': step('rerun', { ...INCOMPLETE, archive: ARCHIVE }),
  'step, hand over': step('handover', { state: 'COMPLETED', archive: ARCHIVE, needs: 'handover' }),
  'step, pause': step('pause', { state: 'RUNNING' }),
  'step, resume': step('resume', { state: 'RUNNING', deadline: PAUSED }),
  'step, extend': step('extend', { state: 'RUNNING' }),
  'step, cancel': step('cancel', { state: 'RUNNING' }),
  'step, delete': step('destroy', { state: 'COMPLETED', archive: ARCHIVE }),
  'step, refused': async (stage) => {
    await step('cancel', { state: 'RUNNING' })(stage);
    refuse(stage.api, 'POST /v1/requests/{id}/cancel', 'wrong-state', 409);
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByRole('checkbox').check();
    await button(dialog, stage, 'action.cancel').click();
    await dialog.getByText(stage.say('problem.wrong-state')).waitFor();
  },
  'retrieve, account': async (stage) => {
    await openDialog(stage, 'retrieve', LONG_NAME, 'device');
  },
  'retrieve, account of a user': async (stage) => fillAccount(await openDialog(stage, 'retrieve'), stage),
  'retrieve, Engines List': async (stage) => {
    const engine = { timezone: 'UTC', version: '6.30.4', status: 'CONNECTED', findings: [] };
    const codes = ['no-licence', 'certificate-issuer'] as const;
    const findings = codes.map((code) => ({ code, severity: 'fault', detail: 'x', setting: 'engines.tls' }) as const);
    stage.api.engines = {
      federation: 'all-listed',
      engines: [
        { ...engine, engineId: 'e1', name: 'engine-1', state: 'READY' },
        { ...engine, engineId: 'e2', name: 'engine-2', state: 'NOT_READY', findings },
        { ...engine, engineId: 'e3', name: 'engine-3', state: 'NOT_MEASURED' },
      ],
    };
    const dialog = await openDialog(stage, 'retrieve');
    await fillAccount(dialog, stage);
    await button(dialog, stage, 'engines.list').click();
    await dialog.getByRole('row', { name: 'engine-3' }).waitFor();
  },
  'retrieve, account refused': async (stage) => {
    refuse(stage.api, 'POST /v1/subjects', 'login-refused');
    const dialog = await openDialog(stage, 'retrieve');
    await giveAccount(dialog, stage);
    await dialog.getByText(stage.say('problem.login-refused')).first().waitFor();
  },
  'retrieve, several people': async (stage) => {
    stage.api.subjects = aFinding(['anna@CORP', `${LONG_NAME}@LAB`]);
    const dialog = await openDialog(stage, 'retrieve');
    await giveAccount(dialog, stage);
    await dialog.getByText(stage.say('people.title.user')).waitFor();
  },
  'retrieve, nobody': async (stage) => {
    stage.api.subjects = aFinding([], {
      nearNames: ['annab'],
      missing: [{ name: 'engine-2', reason: 'EngineTimeoutError' }],
    });
    const dialog = await openDialog(stage, 'retrieve');
    await giveAccount(dialog, stage);
    await dialog.getByText('annab').waitFor();
  },
  'retrieve, running': retrieval(RUNNING),
  'retrieve, asks': askAfterwards(retrieval(RUNNING)),
  'retrieve, done': retrieval({ state: 'COMPLETED', progress: [aSource(ENGINE_1, 'DONE', 1300)], archive: ARCHIVE }),
  'retrieve, incomplete': retrieval({ ...INCOMPLETE, archive: { ...ARCHIVE, fileName: 'gdpr-data-partial.tar.gz' } }),
  'retrieve, nothing found': retrieval({
    state: 'NOTHING_FOUND',
    progress: [aSource(ENGINE_1, 'EMPTY')],
    archive: ARCHIVE,
  }),
  'retrieve, failed': retrieval({ state: 'FAILED', failure: 'LoginNotVerifiableError', progress: [missing] }),
  'anonymize, account': async (stage) => {
    await openDialog(stage, 'anonymize', LONG_NAME);
  },
  'anonymize, people': async (stage) => {
    stage.api.subjects = aFinding([`${NAME}@CORP`, 'anna@LAB']);
    await askPerson(stage);
  },
  'anonymize, plan': async (stage) => {
    const { api } = stage;
    const mentions = [{ place: 'portal.notes.note', count: 3 }];
    const examples = [{ place: 'portal.notes.note', text: `anna ${LONG_NAME}` }];
    const lookalikes = [{ place: 'portal.notes.note', count: 2 }];
    api.preview = { ...api.preview, mentions, examples, lookalikes, accounts: ['portal.accounts.login: anna'] };
    await showPlan(stage, LONG_NAME);
  },
  'anonymize, count again': async (stage) => {
    const dialog = await showPlan(stage);
    await dialog.getByRole('button', { name: stage.say('plan.decision') }).click();
    await stage.page.getByRole('option', { name: stage.say('plan.mention.change') }).click();
    await button(dialog, stage, 'plan.again').waitFor();
  },
  'anonymize, nothing to change': async (stage) => {
    stage.api.preview = { ...stage.api.preview, rows: 0, tables: [], mentions: [] };
    await showPlan(stage);
  },
  'anonymize, not counted': async (stage) => {
    refuse(stage.api, 'POST /v1/preview', 'preview-timeout', 503);
    await showPlan(stage);
  },
  'anonymize, refused': async (stage) => {
    refuse(stage.api, 'POST /v1/preview', 'portal-busy', 503);
    const dialog = await askPerson(stage);
    await dialog.getByRole('checkbox').first().check();
    await button(dialog, stage, 'continue').click();
    await dialog.getByText(stage.say('problem.portal-busy')).waitFor();
  },
  'anonymize, rehearsed': rehearsal({ state: 'COMPLETED', rehearsal: REHEARSAL }),
  'anonymize, rehearsal refused': rehearsal({
    state: 'COMPLETED',
    rehearsal: { ...REHEARSAL, refusals: ['a: x'], notTried: ['b: x'] },
  }),
  'anonymize, rehearsing': rehearsal({ state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] }),
  'anonymize, running': anonymization({ state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] }),
  'anonymize, asks': askAfterwards(anonymization({ state: 'RUNNING', progress: [aSource('portal', 'RUNNING')] })),
  'anonymize, waits for approval': anonymization({ state: 'AWAITING_APPROVAL', waitsUntil: LATER }),
  'anonymize, not verified': anonymization({ state: 'VERIFYING', failure: 'PortalDatabaseUnavailableError' }),
  'anonymize, done': anonymization({ state: 'COMPLETED', receipt: RECEIPT }),
  'anonymize, nothing changed': anonymization({ state: 'COMPLETED', receipt: { ...RECEIPT, rowsByTable: {} } }),
  'session ended': async ({ api, page, origin, say }) => {
    api.acceptsToken = false;
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByText(say('problem.session-ended')).first().waitFor();
  },
};

/** What is shown to people who are not logged in. */
export const LOG_IN_VIEWS = ['log-in', 'log-in refused', 'log-in away'] as const;

/** Opens one of them in a window of its own. @param prepare is called before anything is loaded */
export async function openLogIn(
  name: (typeof LOG_IN_VIEWS)[number],
  { page: other, origin, say }: Omit<Stage, 'api'>,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Page> {
  const page = await (await other.context().browser()!.newContext(options)).newPage();
  await prepare(page);
  if (name === 'log-in away') await page.route('**/.well-known/**', (route) => route.abort());
  await page.goto(name === 'log-in refused' ? `${origin}/?state=x&error=access_denied` : origin);
  await page.getByRole('button', { name: say('login.button') }).waitFor();
  return page;
}
