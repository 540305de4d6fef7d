import type { RequestSummary } from '../../client/types.ts';
import { aSource, aView, REQUEST_ID } from '../cli/scripted-api.ts';
import { type Opens, VIEWS } from './views.ts';

const DAY = 86_400_000;
const today = Date.now();
const dayAt = (days: number) => new Date(today + days * DAY).toISOString();

/** Kind, state and next step of each request, newest first. */
const CASES = [
  ['retrieve', 'device', 'RUNNING', 'result'],
  ['retrieve', 'user', 'COMPLETED', 'handover'],
  ['anonymize', 'user', 'AWAITING_APPROVAL', 'approval'],
  ['retrieve', 'user', 'COMPLETED_WITH_ERRORS', 'retry'],
  ['retrieve', 'device', 'AWAITING_LOGIN', 'login'],
  ['anonymize', 'user', 'NOTHING_FOUND', 'handover'],
  ['remove', 'device', 'AWAITING_REMOVAL', 'removal'],
  ['retrieve', 'user', 'COMPLETED', undefined],
] as const satisfies readonly (readonly [
  RequestSummary['kind'],
  RequestSummary['subjectKind'],
  RequestSummary['state'],
  RequestSummary['needs'],
])[];

/** The pictures of README.md and docs/console.md, by the names of their files. */
export const DOC_VIEWS: Readonly<Record<string, Opens>> = {
  'console-retrieve': async (stage) => {
    await VIEWS['retrieve, account of a user']!(stage);
    const engine = { timezone: 'UTC', version: '6.30.4', status: 'CONNECTED', findings: [] };
    const shown = {
      code: 'certificate-issuer',
      severity: 'fault',
      detail: 'The certificate of engine-2.example.com:1671 is not issued by a trusted authority.',
      setting: 'engines.engine-2.trust',
    } as const;
    stage.api.engines = {
      federation: 'all-listed',
      engines: [
        { ...engine, engineId: 'e1', name: 'engine-1', state: 'READY' },
        { ...engine, engineId: 'e2', name: 'engine-2', state: 'NOT_READY', findings: [shown] },
      ],
    };
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel(stage.say('field.password'), { exact: true }).focus();
    await stage.page.keyboard.press('Tab'); // the list then comes by itself
    await dialog.getByRole('row', { name: 'engine-2' }).waitFor();
  },
  'console-result': async ({ api, page, origin, say }) => {
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineTimeoutError' };
    api.views = [
      aView({
        reference: 'HR-2026-117',
        dueAt: dayAt(22),
        daysLeft: 22,
        state: 'COMPLETED_WITH_ERRORS',
        progress: [aSource('engine-1', 'DONE', 15_231), missing, aSource('portal', 'DONE', 48)],
        archive: { byteLength: 1_480_000, expiresAt: dayAt(6), fileName: 'gdpr-data.tar.gz' },
      }),
    ];
    api.manifest = { ...api.manifest, complete: false };
    await page.goto(`${origin}/#/requests/${REQUEST_ID}`);
    await page.getByRole('button', { name: say('archive.files').replace('{count}', '1') }).waitFor();
  },
  'console-anonymize': VIEWS['anonymize, rehearsed']!,
  'console-list': async ({ api, page, origin }) => {
    api.pages = [
      CASES.map(([kind, subjectKind, state, needs], index) =>
        aView({
          requestId: REQUEST_ID.replace(/^.{8}/, String(index).padStart(8, '0')),
          reference: `HR-2026-${117 - index}`,
          createdAt: dayAt(-3 * index),
          dueAt: dayAt(28 - 6 * index),
          daysLeft: 28 - 6 * index,
          kind,
          subjectKind,
          state,
          ...(needs && { needs }),
        }),
      ),
    ];
    await page.goto(`${origin}/#/requests`);
    await page.getByRole('link', { name: 'HR-2026-110' }).waitFor();
  },
};
