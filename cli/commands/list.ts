import { STATES } from '../../modules/requests/state-machine.ts';
import type { RequestSummary } from '../../modules/requests/views/request-view.ts';
import { COMMON, choiceOf, countOf, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson, warn } from '../output.ts';
import { listRequests } from '../pages.ts';
import { printable } from '../source-states.ts';

const OPTIONS = { ...COMMON, state: { type: 'string' }, limit: { type: 'string' } } as const;
const USUAL_LIMIT = 20;

/** `gdpr list`: the Requests that the Caller may see, newest first; whom they are about is told nowhere. */
export async function list(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, OPTIONS);
  const state = choiceOf(given, 'state', STATES);
  const limit = countOf(given, 'limit', 1) ?? USUAL_LIMIT;
  return withConnection(given, signal, async ({ api }) => {
    const { requests, more } = await listRequests(api, { limit, ...(state && { state }) }, signal);
    if (given.json) printJson({ requests, more });
    else for (const request of requests) print(lineOf(request));
    if (more) warn(`There are more than these ${requests.length}: --limit shows them`);
    return 0;
  });
}

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
