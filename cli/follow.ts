import { setTimeout as wait } from 'node:timers/promises';
import { EXIT_CODES } from '../client/exit-codes.ts';
import type { RequestView, SourceProgress } from '../client/types.ts';
import type { ApiClient, SeenView } from './api-client.ts';
import type { Connection } from './connection.ts';
import { ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';
import { printable } from './output.ts';

/** Shown while rows come in: unfinished sources first, so that a short terminal cuts the finished ones. */
const RANK: Partial<Record<SourceProgress['state'], number>> = { RUNNING: 0, PENDING: 1 };

/** Progress of a Request: a line for its state, one per source (R6). @param columns longer lines are cut @param rows more are counted */
export function progressLines(view: RequestView, columns = Infinity, rows = Infinity): string[] {
  const { requestId, state, estimate } = view;
  const head = [requestId, state, ...(state === 'RUNNING' && estimate ? [shareWords(estimate)] : [])].join('  ');
  const width = Math.max(0, ...view.progress.map(({ name }) => name.length));
  const sorted = view.progress.toSorted((a, b) => (RANK[a.state] ?? 2) - (RANK[b.state] ?? 2));
  const room = Math.max(1, rows - 3);
  const shown = sorted.length <= room ? view.progress : sorted.slice(0, room);
  const lines = shown.map((source) => sourceLine(source, width));
  const hidden = view.progress.length - shown.length;
  const more = hidden > 0 ? [`  and ${hidden} more`] : [];
  return [head, ...lines, ...more].map((line) => line.slice(0, Math.max(20, columns - 1)));
}

/** Such as `42 %, about 1 min left`. */
function shareWords({ share, secondsLeft }: NonNullable<RequestView['estimate']>): string {
  const time = secondsLeft === undefined ? '' : `, about ${timeWords(secondsLeft)} left`;
  return `${Math.floor(share * 100)} %${time}`;
}

const timeWords = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);

function sourceLine(source: SourceProgress, width: number): string {
  const { name, state, rows, bytes, reason } = source;
  const figures = `${rows.toLocaleString('en')} rows  ${megabytes(bytes)}`;
  const note = state === 'RUNNING' || state === 'PENDING' ? doing(source) : reason;
  return printable(['', name.padEnd(width), state.padEnd(14), figures, note ?? ''].join('  ')).trimEnd();
}

const PHASES: Readonly<Record<NonNullable<SourceProgress['phase']>, string>> = {
  CHECKING_ACCOUNT: 'checking the account',
  PREPARING: 'preparing',
  QUERYING: 'querying',
  WRITING: 'writing',
};

/** Such as `querying  engines/executions.csv  2026-11-01 to 2026-11-23  40 %, 25 s left`. */
function doing({ phase, waitsUntil, current, window, share, secondsLeft }: SourceProgress): string {
  if (waitsUntil) return `the Engine is busy; next try at ${waitsUntil.slice(11, 19)} UTC`;
  const days = window && `${window.from} to ${window.to}`;
  const left = share !== undefined && shareWords({ share, ...(secondsLeft !== undefined && { secondsLeft }) });
  return [phase ? PHASES[phase] : 'waiting for its turn', current, days, left].filter(Boolean).join('  ');
}

/** Bytes as megabytes, or kilobytes while they are few. */
export const megabytes = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Time between two full reports where standard error is not a terminal, milliseconds. */
const TELL_MS = 30_000;

/** Redraws the progress in place on a terminal. Elsewhere it writes a line for each new state, each source that ends, and now and then. */
class ProgressDisplay {
  #drawn = 0;
  readonly #told = new Set<string>();

  show(view: RequestView): void {
    if (!process.stderr.isTTY) this.#tell(view);
    const { columns, rows } = process.stderr;
    this.draw(progressLines(view, columns || 80, rows || 24)); // some terminals tell a size of 0
  }

  #tell(view: RequestView): void {
    const [head, ...lines] = progressLines(view);
    const keys = [`${view.state} ${Math.floor(Date.now() / TELL_MS)}`, ...view.progress.map((source) => endOf(source))];
    for (const [at, line] of [head!, ...lines].entries()) {
      const key = keys[at];
      if (key && !this.#told.has(key)) process.stderr.write(`${line}\n`);
      if (key) this.#told.add(key);
    }
  }

  draw(lines: readonly string[]): void {
    if (!process.stderr.isTTY) return;
    const back = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    process.stderr.write(`${back}\r\u001b[J${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}

const endOf = ({ sourceId, state }: SourceProgress): string | undefined =>
  RANK[state] === undefined ? `${sourceId} ${state}` : undefined;

/** Pause before the next look, milliseconds; the API itself waits for a change. It doubles with each failed look in a row. */
const PAUSE = 300;
/** Maximum failed looks in a row: a request outlives a short failure of the network. */
const MAX_FAILURES = 5;
/** How long to wait for the end of a cancelled request, milliseconds. */
const CANCEL_TIMEOUT = 30_000;

/** A followed request; `interrupted` when Ctrl-C asked to cancel it. */
export type Followed = { readonly view: RequestView; readonly interrupted: boolean };

/** Follows a request from its start to its end, or until it waits for a person. An interrupt cancels it (R7) and awaits the outcome. */
export async function followRequest({ api, signal }: Connection, start: () => Promise<RequestView>): Promise<Followed> {
  if (signal.aborted) throw new InterruptedError();
  const display = new ProgressDisplay();
  display.draw(['checking the account']);
  const started = await start();
  try {
    return { view: await follow(api, started, signal, display), interrupted: false };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    return { view: await cancelAndFollow(api, started), interrupted: true };
  }
}

async function follow(api: ApiClient, started: RequestView, signal: AbortSignal, display = new ProgressDisplay()) {
  let seen: SeenView = { view: started };
  let failures = 0;
  for (;;) {
    display.show(seen.view);
    if (EXIT_CODES[seen.view.state] !== undefined) return seen.view;
    await wait(PAUSE * 2 ** failures, undefined, { signal }).catch(() => {
      throw new InterruptedError();
    });
    try {
      seen = await api.nextView(seen, signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!isPassing(error) || failures >= MAX_FAILURES) throw error;
    }
  }
}

async function cancelAndFollow(api: ApiClient, started: RequestView): Promise<RequestView> {
  process.stderr.write(`Cancelling request ${started.requestId}\n`);
  const path = { requestId: started.requestId };
  const timeout = AbortSignal.timeout(CANCEL_TIMEOUT);
  await api.call('cancelRequest', { path }, timeout).catch((error: unknown) => {
    if (!(error instanceof ApiProblemError && error.problem.status === 409)) throw error;
  });
  const last = await api.call('getRequest', { path }, timeout);
  return follow(api, last, timeout).catch((error: unknown) => {
    if (error instanceof InterruptedError) return last;
    throw error;
  });
}

const isPassing = (error: unknown): boolean =>
  error instanceof ApiUnreachableError || (error instanceof ApiProblemError && error.retryable);
