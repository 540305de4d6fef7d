import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { RequestState } from '../../client/shapes.ts';
import type { AuditEntry, RequestSummary } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { progressLines } from '../follow.ts';
import { print, printable, printJson, REQUEST_EXIT_CODES, warn, warnMissing } from '../output.ts';
import { listEvents, listRequests } from '../pages.ts';
import { Verb, wholeNumber } from '../verb.ts';

const STATES = Object.keys(EXIT_CODES) as RequestState[];
const DEFAULT_LIMIT = 20;

/** `gdpr list`: the requests that the Caller may see, newest first. */
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

/** `gdpr status ID`: one request with the progress of each source. */
export const status = new Verb('status', 'Show a request and the progress of each source.')
  .argument('<ID>', 'the request')
  .example('gdpr status ID', { 0: 'done or running', ...REQUEST_EXIT_CODES })
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) => {
    const view = await api.call('getRequest', { path: { requestId } }, signal);
    if (json) printJson(view);
    else for (const line of progressLines(view, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) print(line);
    warnMissing(view);
    return EXIT_CODES[view.state] ?? 0;
  });

/** `gdpr engines`: the Engines with the state of each (R5). */
export const engines = new Verb('engines', 'List the Engines and the state of each.')
  .withLogin()
  .withLocal()
  .example('gdpr engines')
  .calls<ConnectionOptions>(async ({ connection: { api, signal, login }, json }) => {
    const view = await api.call('listEngines', { body: { login: await login() } }, signal);
    if (json) {
      printJson(view);
      return 0;
    }
    const width = Math.max(0, ...view.engines.map(({ name }) => name.length));
    for (const { name, status, version, timezone } of view.engines) {
      print(printable(`${name.padEnd(width)}  ${status.padEnd(12)}  ${version}  ${timezone}`));
    }
    const origin = view.federation === 'configured' ? 'from the configured list' : 'every Engine that the Portal lists';
    print(`${view.engines.length} Engines: ${origin}`);
    return 0;
  });

/** `gdpr events ID`: the audit trail of a request. */
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
