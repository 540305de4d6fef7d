import { Option } from 'commander';
import type { RequestState } from '../../client/shapes.ts';
import type { RequestSummary } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { print, printJson, warn } from '../output.ts';
import { listRequests } from '../pages.ts';
import { EXIT_CODES, printable } from '../states.ts';
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
