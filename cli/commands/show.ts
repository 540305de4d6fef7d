import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { ListFilters, Need, RequestState } from '../../client/shapes.ts';
import type { AuditEntry, EnginesView, RequestSummary, RequestView } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { progressLines } from '../follow.ts';
import { dueWords, printRehearsal, REQUEST_EXIT_CODES, show, tableLines, warn, warnMissing } from '../output.ts';
import { listEvents, listRequests } from '../pages.ts';
import { Verb, wholeNumber } from '../verb.ts';

const STATES = Object.keys(EXIT_CODES) as RequestState[];
const DEFAULT_LIMIT = 20;

const NEEDS: readonly Need[] = ['approval', 'login', 'removal', 'result', 'retry', 'handover'];

export const list = new Verb('list', 'List requests, newest first. Names are never shown in this list.')
  .addOption(new Option('--state <STATE>', 'only requests in this state').choices(STATES))
  .option('--reference <REF>', 'only requests of this case')
  .addOption(new Option('--needs <WHAT>', 'only requests whose answer needs this next').choices(NEEDS))
  .option(
    '--due-within <DAYS>',
    'only open requests with at most this many days left; the most urgent first',
    wholeNumber(0),
  )
  .option('--limit <N>', `maximum number of requests; default: ${DEFAULT_LIMIT}`, wholeNumber(1))
  .example('gdpr list --needs handover --due-within 7')
  .calls<ConnectionOptions & { limit?: number } & ListFilters>(
    async ({ connection: { ask }, state, reference, needs, dueWithin, limit = DEFAULT_LIMIT, json }) => {
      const { requests, more } = await listRequests(ask, { limit, state, reference, needs, dueWithin });
      const sorted = dueWithin === undefined ? requests : requests.toSorted((a, b) => a.daysLeft! - b.daysLeft!);
      const lines = sorted.length === 0 ? [] : tableLines([HEAD, ...sorted.map(rowOf)]);
      show(json, { requests: sorted, more }, lines);
      if (requests.length === 0) warn('No request that you may see matches');
      if (more) warn(`There are more than these ${requests.length}: give a higher --limit`);
      return 0;
    },
  );

const HEAD = ['REQUEST', 'STARTED', 'KIND', 'SUBJECT', 'STATE', 'DUE', 'NEEDS', 'TICKET', 'REFERENCE'];

const rowOf = (request: RequestSummary): readonly string[] => {
  const { requestId, createdAt, kind, subjectKind, state, needs = '', ticket, reference = '' } = request;
  return [requestId, createdAt, kind, subjectKind, state, dueWords(request), needs, ticket?.key ?? '', reference];
};

export const status = new Verb('status', 'Show a request and the progress of each source.')
  .argument('<ID>', 'the request')
  .example('gdpr status ID', { 0: 'done or running', ...REQUEST_EXIT_CODES })
  .calls<ConnectionOptions, [string]>(async ({ connection: { ask }, json }, requestId) => {
    const view = await ask('getRequest', { path: { requestId } });
    show(json, view, [...progressLines(view), ...caseLines(view)]);
    if (view.rehearsal && !json) printRehearsal(view.rehearsal);
    warnMissing(view);
    return EXIT_CODES[view.state] ?? 0;
  });

const caseLines = (view: RequestView): string[] =>
  Object.entries({
    due: dueWords(view),
    needs: view.needs,
    reference: view.reference,
    'handed over': view.handover && `${view.handover.at}, ${view.handover.to}`,
    note: view.note,
    removal: view.removal?.engines.map(({ name, state }) => `${name} ${state}`).join(', '),
  }).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));

export const engines = new Verb('engines', 'List the Engines and the state of each.')
  .option('--check', 'show what was measured of each, what is wrong, and the setting to change')
  .withLogin()
  .withLocal()
  .example('gdpr engines --check', {
    1: 'failed; with --check: an Engine is not ready',
    3: 'with --check: ready, with warnings',
  })
  .calls<ConnectionOptions & { readonly check?: true }>(async ({ connection, json, check }) => {
    const view = await connection.ask('listEngines', { body: { login: await connection.login() } });
    const width = Math.max(0, ...view.engines.map(({ name }) => name.length));
    const origin = view.federation === 'configured' ? 'from the configured list' : 'every Engine that the Portal lists';
    const lines = view.engines.flatMap((engine) => {
      const { name, status, state, version, timezone } = engine;
      const line = `${name.padEnd(width)}  ${status.padEnd(12)}  ${state.padEnd(12)}  ${version}  ${timezone}`;
      return check ? [line, ...measuredLines(engine)] : [line];
    });
    show(json, view, [...lines, `${view.engines.length} Engines: ${origin}`]);
    return check ? readiness(view) : 0;
  });

/** The worst state decides: 1 when an Engine is not ready, 3 when there are only warnings. */
function readiness({ engines: all }: EnginesView): 0 | 1 | 3 {
  if (all.some(({ state }) => state === 'NOT_READY' || state === 'NOT_MEASURED')) return 1;
  return all.some(({ state }) => state === 'WARNING') ? 3 : 0;
}

function* measuredLines(engine: EnginesView['engines'][number]): Generator<string> {
  const { name, findings, certificate, trust, clockSeconds } = engine;
  if (certificate) {
    const { subject, alternativeNames, issuer, validFrom, validTo, sha256 } = certificate;
    yield `  certificate: ${subject}; for ${alternativeNames.join(', ') || 'no alternative name'}; issued by ${issuer}`;
    yield `    valid ${validFrom} to ${validTo}; SHA-256 ${sha256}`;
  }
  if (clockSeconds !== undefined) yield `  clock: ${clockSeconds} s from ours`;
  for (const { code, detail, setting } of findings) yield `  ${code}: ${detail}. To change: ${setting}`;
  if (trust && findings.some(({ setting }) => setting.endsWith('.trust')))
    yield `  to trust this certificate alone, in settings.json: "engines": ${JSON.stringify({ [name]: { trust } })}`;
}

export const events = new Verb('events', 'Show the audit trail of a request: who did what, and when.')
  .argument('<ID>', 'the request')
  .example('gdpr events ID --json > trail.json')
  .calls<ConnectionOptions, [string]>(async ({ connection: { ask }, json }, requestId) => {
    const view = await listEvents(ask, requestId);
    show(json, view, view.events.map(entryLine));
    return 0;
  });

const entryLine = ({ seq, at, what, by, state, counts = {}, error }: AuditEntry): string => {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const words = [String(seq).padStart(3), at, what, state, `${by.role} ${by.id}`, ...numbers, error ?? ''];
  return words.join('  ').trimEnd();
};
