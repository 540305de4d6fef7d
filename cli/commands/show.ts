import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { RequestState } from '../../client/shapes.ts';
import type { AuditEntry, EnginesView, RequestSummary } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { progressLines } from '../follow.ts';
import { print, printable, printJson, printRehearsal, REQUEST_EXIT_CODES, warn, warnMissing } from '../output.ts';
import { listEvents, listRequests } from '../pages.ts';
import { Verb, wholeNumber } from '../verb.ts';

const STATES = Object.keys(EXIT_CODES) as RequestState[];
const DEFAULT_LIMIT = 20;

export const list = new Verb('list', 'List requests, newest first. Names are never shown in this list.')
  .addOption(new Option('--state <STATE>', 'only requests in this state').choices(STATES))
  .option('--limit <N>', `maximum number of requests; default: ${DEFAULT_LIMIT}`, wholeNumber(1))
  .example('gdpr list --state AWAITING_LOGIN')
  .calls<ConnectionOptions & { state?: RequestState; limit?: number }>(
    async ({ connection: { api, signal }, state, limit = DEFAULT_LIMIT, json }) => {
      const { requests, more } = await listRequests(api, { limit, ...(state && { state }) }, signal);
      if (json) printJson({ requests, more });
      else for (const request of requests) print(lineOf(request));
      if (more) warn(`There are more than these ${requests.length}: give a higher --limit`);
      return 0;
    },
  );

const WIDEST_STATE = Math.max(...STATES.map(({ length }) => length));

const lineOf = ({ requestId, kind, subjectKind, state, createdAt, dueAt, ticket, reference }: RequestSummary): string =>
  printable(
    [
      requestId,
      createdAt,
      kind.padEnd('anonymize'.length),
      subjectKind.padEnd('device'.length),
      state.padEnd(WIDEST_STATE),
      `due ${dueAt.slice(0, 'yyyy-mm-dd'.length)}`,
      ticket?.key ?? '',
      reference ?? '',
    ]
      .filter(Boolean)
      .join('  '),
  ).trimEnd();

export const status = new Verb('status', 'Show a request and the progress of each source.')
  .argument('<ID>', 'the request')
  .example('gdpr status ID', { 0: 'done or running', ...REQUEST_EXIT_CODES })
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) => {
    const view = await api.call('getRequest', { path: { requestId } }, signal);
    if (json) printJson(view);
    else for (const line of progressLines(view, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) print(line);
    if (view.rehearsal && !json) printRehearsal(view.rehearsal);
    warnMissing(view);
    return EXIT_CODES[view.state] ?? 0;
  });

/** `gdpr engines`: the Engines with the measured state of each (R5). */
export const engines = new Verb('engines', 'List the Engines and the state of each.')
  .option('--check', 'show what was measured of each, what is wrong, and the setting to change')
  .withLogin()
  .withLocal()
  .example('gdpr engines --check', {
    1: 'failed; with --check: an Engine is not ready',
    3: 'with --check: ready, with warnings',
  })
  .calls<ConnectionOptions & { readonly check?: true }>(async ({ connection, json, check }) => {
    const { api, signal, login } = connection;
    const view = await api.call('listEngines', { body: { login: await login() } }, signal);
    const width = Math.max(0, ...view.engines.map(({ name }) => name.length));
    const origin = view.federation === 'configured' ? 'from the configured list' : 'every Engine that the Portal lists';
    const lines = view.engines.flatMap((engine) => {
      const { name, status, state, version, timezone } = engine;
      const line = `${name.padEnd(width)}  ${status.padEnd(12)}  ${state.padEnd(12)}  ${version}  ${timezone}`;
      return check ? [line, ...measuredLines(engine)] : [line];
    });
    if (json) printJson(view);
    else for (const line of [...lines, `${view.engines.length} Engines: ${origin}`]) print(printable(line));
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
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) => {
    const view = await listEvents(api, requestId, signal);
    if (json) printJson(view);
    else for (const entry of view.events) print(entryLine(entry));
    return 0;
  });

const entryLine = ({ seq, at, what, by, state, counts = {}, error }: AuditEntry): string => {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return [String(seq).padStart(3), at, what, state, `${by.role} ${by.id}`, ...numbers, error ?? '']
    .join('  ')
    .trimEnd();
};
