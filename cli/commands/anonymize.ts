import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { PreviewView, RequestView } from '../../client/types.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { ApiProblemError } from '../errors.ts';
import { followRequest } from '../follow.ts';
import { EXIT_INTERRUPTED } from '../interrupt.ts';
import { print, printJson, printRehearsal, REQUEST_EXIT_CODES, show, warn, warnMissing } from '../output.ts';
import { type CaseOptions, caseOf, type SubjectOptions, subjectOf, Verb } from '../verb.ts';

type Options = ConnectionOptions & SubjectOptions & CaseOptions & { readonly changeMentions?: readonly string[] };

const portalVerb = (name: string, description: string) =>
  new Verb(name, description)
    .withSubject()
    .withAccounts()
    .option(
      '--change-mentions <PLACE...>',
      'places (schema.table.column, as the preview shows them) where mentions of the name are changed, too',
    );

/** With at least this many rows the preview warns of a login that may be a common word. */
const MANY_TEXTS = 20;

const decisions = ({ changeMentions, ...options }: Options) => ({
  subject: subjectOf(options),
  mentions: changeMentions && Object.fromEntries(changeMentions.map((place) => [place, 'change'] as const)),
});

export const preview = portalVerb('preview', 'Show what the Portal holds under a name. Nothing starts.')
  .option('--retrieve', 'for a retrieval; default: what an anonymization would change')
  .withLogin()
  .withLocal()
  .example('gdpr preview --user jmeyer')
  .calls<Options & { retrieve?: true }>(async ({ connection: { ask, login }, retrieve, json, ...options }) => {
    const what = { kind: retrieve ? 'retrieve' : 'anonymize', ...decisions(options) } as const;
    const view = await ask('preview', { body: { ...what, login: await login() } });
    show(json, view, previewLines(view));
    return 0;
  });

function previewLines(view: PreviewView): string[] {
  const count = (number: number) => number.toLocaleString('en');
  const places = (counts: PreviewView['mentions']) =>
    counts.map(({ place, count: words }) => `${place}: ${count(words)}`);
  const tables = view.tables.filter(({ rows, suspected }) => rows > 0 || suspected > 0);
  const listed = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)];
  return [
    `${count(view.rows)} rows of the Portal hold this ${view.subjectKind}.`,
    ...tables.map(
      ({ table, rows, exact, tokens, suspected }) =>
        `  ${table}  ${count(rows)} rows: ${count(exact)} names, ${count(tokens)} other cells; ${count(suspected)} cells with words that look alike`,
    ),
    ...listed(
      'Identifiers, searched everywhere (or only in rows of the subject):',
      view.identifiers.map(({ text, strong }) => (strong ? text : `${text} (only in its rows)`)),
    ),
    ...commonWord(view),
    ...listed('Spellings:', view.spellings),
    ...listed('Mentions (the same word in data of others or of nobody), by place:', places(view.mentions)),
    ...listed(
      'Some of them, with other words masked:',
      view.examples?.map(({ place, text }) => `${place}: ${text}`) ?? [],
    ),
    ...listed('Lookalikes (words that only look like the name), by place; they stay:', places(view.lookalikes)),
    ...listed('Names that look alike and are never changed:', view.nearNames),
    ...listed(
      'Columns that hold the name although the mapping does not list them (an anonymization is refused):',
      view.unmapped,
    ),
    ...listed('Login accounts of the Portal with this name, which are never changed:', view.accounts),
    ...listed('Places that an UPDATE cannot reach:', view.outOfReach),
    ...(view.notBefore ? [`An anonymization can start from ${view.notBefore}: the Portal runs its nightly jobs.`] : []),
  ];
}

/** A login such as `may` counts as the person's wherever it stands, in texts by others, too. */
function commonWord({ identifiers, tables }: PreviewView): string[] {
  const login = identifiers.find(({ text, strong }) => strong && /^\p{L}+$/u.test(text));
  const texts = tables.filter(({ exact }) => exact === 0).reduce((sum, { rows }) => sum + rows, 0);
  if (!login || texts < MANY_TEXTS) return [];
  return [`${texts} rows are found by their text alone. If "${login.text}" is also a common word, use --common-word.`];
}

export const anonymize = portalVerb(
  'anonymize',
  'Anonymize one user or device in the Portal database. Nobody can undo it. Engines cannot anonymize.',
)
  .needs(new Option('--irreversible', 'confirms that you know that nobody can undo an anonymization'))
  .withCase()
  .withLogin()
  .withLocal()
  .example('gdpr anonymize --user jmeyer --irreversible', REQUEST_EXIT_CODES)
  .calls<Options>(async ({ connection, json, ...options }) => {
    const { view, planHash, exitCode } = await runAsPreviewed(connection, options, {
      kind: 'anonymize',
      irreversible: true,
    });
    if (view.state === 'AWAITING_APPROVAL')
      warn(`To approve it: gdpr approve ${view.requestId} --plan-hash ${planHash}`);
    if (json) printJson(view);
    else if (view.state === 'COMPLETED') report(view);
    else if (view.state === 'NOTHING_FOUND')
      print('Nothing was found under that name in the Portal: nothing was changed.');
    return exitCode;
  });

export const rehearse = portalVerb(
  'rehearse',
  'Rehearse an anonymization in the Portal. Every step is done, then rolled back. Rows are locked meanwhile.',
)
  .withLogin()
  .withLocal()
  .example('gdpr rehearse --user jmeyer', {
    0: 'an anonymization would succeed',
    1: 'the rehearsal failed, or was cancelled',
    3: 'an anonymization would be refused',
    5: 'nothing was found under that name',
  })
  .calls<Options>(async ({ connection, json, ...options }) => {
    const { view, exitCode } = await runAsPreviewed(connection, options, { kind: 'rehearse' });
    if (json) printJson(view);
    else if (view.rehearsal) printRehearsal(view.rehearsal);
    return exitCode;
  });

type Kind = { readonly kind: 'anonymize'; readonly irreversible: true } | { readonly kind: 'rehearse' };

/** Shows what would change, starts exactly that, and follows it to its end. */
async function runAsPreviewed(connection: Connection, options: Options, kind: Kind) {
  const asked = { ...decisions(options), login: await connection.login() };
  const previewed = await connection.ask('preview', { body: { kind: 'anonymize', ...asked } }).catch(unlessLate);
  for (const line of previewed ? previewLines(previewed) : []) warn(line);
  const { planHash } = previewed ?? {};
  const body = { ...kind, ...asked, ...caseOf(options), planHash };
  const { view, interrupted } = await followRequest(connection, () => connection.api.startRequest(body));
  if (interrupted) warn(`Request ${view.requestId} is ${view.state}`);
  warnMissing(view);
  const exitCode = EXIT_CODES[view.state] ?? 1;
  return { view, planHash, exitCode: interrupted && exitCode === 1 ? EXIT_INTERRUPTED : exitCode };
}

/** Counting takes longer than the API allows: the work then starts without a preview. */
function unlessLate(error: unknown): undefined {
  if (!(error instanceof ApiProblemError && error.problem.type === '/problems/preview-timeout')) throw error;
  warn(error.problem.detail);
}

function report({ receipt, subjectKind }: RequestView): void {
  const tables = Object.entries(receipt?.rowsByTable ?? {}).filter(([, count]) => count > 0);
  const rows = tables.reduce((sum, [, count]) => sum + count, 0);
  print(`The ${subjectKind} is anonymized in the Portal: ${rows.toLocaleString('en')} rows changed.`);
  for (const [table, count] of tables) print(`  ${table}  ${count.toLocaleString('en')}`);
  print('These still hold the name: the Engines, which cannot anonymize, until their retention ends; older backups');
  print("of the Portal and the Engines; the history files on the Portal's appliance.");
}
