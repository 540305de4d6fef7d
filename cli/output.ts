import { EXIT_CODES } from '../client/exit-codes.ts';
import type { DeepReadonly } from '../client/request.ts';
import type { SourceState } from '../client/shapes.ts';
import type { Rehearsal, RequestSummary, RequestView, SourceProgress } from '../client/types.ts';
import { ApiProblemError, InterruptedError, UsageError } from './errors.ts';
import { EXIT_INTERRUPTED } from './interrupt.ts';

/** What exit codes mean for the verbs that follow a request. */
export const REQUEST_EXIT_CODES = {
  1: 'failed, cancelled, denied or expired',
  3: 'completed with errors: a source is missing, or a name is there again',
  4: 'waits for an approval or a login',
  5: 'nothing was found under that name',
  6: 'anonymized, or about to be, and not yet verified: goes on by itself',
} as const;

/** Why a source is missing, as half a sentence that says what to look at. */
const REASONS: Partial<Record<SourceState, string>> = {
  NO_LICENCE: 'it has no Nexthink Integrate licence',
  UNREACHABLE: 'it did not answer, or is not connected to the Portal',
  TLS_FAILED: 'its certificate is not trusted; set its trust in settings.json',
  AUTH_FAILED: 'it refused the login',
  TIMED_OUT: 'it took too long to answer',
  REJECTED_QUERY: 'it refused a query',
  FAILED: 'it failed',
  CANCELLED: 'it was cancelled',
};

const missingSources = (progress: readonly SourceProgress[]): SourceProgress[] =>
  progress.filter(({ state }) => REASONS[state] !== undefined);

export const anythingFound = ({ progress }: RequestView): boolean =>
  progress.some(({ state, rows }) => state === 'DONE' || rows > 0);

/** `engine-2 is missing: it took too long to answer (TIMED_OUT, EngineTimeoutError)` */
function missingSentence({ name, state, reason }: SourceProgress): string {
  const codes = [state, reason].filter(Boolean).join(', ');
  return `${name} is missing: ${REASONS[state] ?? 'it did not finish'} (${codes})`;
}

/** Text from elsewhere without control characters, which a terminal would obey. */
export const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '?');

export const printJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A line for people on standard output. */
export const print = (line: string): boolean => process.stdout.write(`${printable(line)}\n`);

/** A line on standard error: progress, warnings, refusals. */
export const warn = (line: string): boolean => process.stderr.write(`${printable(line)}\n`);

/** What the API has answered: one JSON document, or lines for people. */
export function show(json: boolean | undefined, view: unknown, lines: Iterable<string>): void {
  if (json) printJson(view);
  else for (const line of lines) print(line);
}

/** Rows in columns, the first row the head. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lineOf = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => lineOf(row).trimEnd());
}

/** The last day of a deadline, such as `2026-07-01 (20 days left)`. */
export function dueWords({ dueAt, deadline, daysLeft }: RequestSummary): string {
  const day = new Date(dueAt).toLocaleDateString('sv-SE', { timeZone: deadline.zone ?? 'UTC' });
  const isPaused = deadline.pauses.some(({ to }) => to === undefined);
  return daysLeft === undefined ? day : `${day} (${daysLeft} days left${isPaused ? ', paused' : ''})`;
}

/** What a rehearsal found out: rows by table, then why an anonymization would be refused. */
export function printRehearsal(rehearsal: DeepReadonly<Rehearsal>): void {
  const { rowsByTable, writtenByTriggers = {}, refusals, notTried, lockedSeconds } = rehearsal;
  for (const [table, rows] of Object.entries(rowsByTable)) if (rows > 0) print(`${table}  ${rows} rows`);
  for (const [table, rows] of Object.entries(writtenByTriggers)) print(`${table}  ${rows} rows written by triggers`);
  print(`Everything was rolled back. Rows were locked for ${lockedSeconds} s. Not tried: ${notTried.join('; ')}.`);
  for (const refusal of refusals) warn(refusal);
}

/** Names each missing source and why (R12), the error that ended the request, and until when it waits for a person. */
export function warnMissing(view: RequestView): void {
  for (const source of missingSources(view.progress)) warn(missingSentence(source));
  if (view.state === 'VERIFYING') {
    const { requestId, failure = 'cancelled too late', commitStartedAt, waitsUntil } = view;
    warn(
      `Request ${requestId} may have changed the Portal at ${commitStartedAt}, and is not verified yet (${failure}).`,
    );
    warn(`The system tries again by itself, for days if needed; next after ${waitsUntil}: gdpr status ${requestId}`);
  } else if (view.failure) warn(`Request ${view.requestId} ended with ${view.failure}`);
  if (view.receipt?.residue)
    warn(`The name is there again ${view.receipt.residue} times: ${view.places?.join(', ')}. Anonymize it again.`);
  if (EXIT_CODES[view.state] === 4) warn(`Request ${view.requestId} is ${view.state}, until ${view.waitsUntil}`);
}

export function warnNothingFound(view: RequestView): void {
  if (anythingFound(view)) return;
  const gaps = missingSources(view.progress).length > 0;
  warn(`nothing was found under that name${gaps ? ' in the sources that answered' : ''}`);
  warn('`gdpr who NAME` lists accounts that a name may mean, names like it, and the spellings tried');
}

/** Reports a failure, with `--json` also as the one document. @param verb whose `--help` shows what is right @returns the exit code */
export function reportFailure(error: unknown, json: boolean, verb: string): number {
  const problem = error instanceof ApiProblemError ? error.problem : undefined;
  if (json) printJson({ problem: problem ?? ownProblem(error) });
  warn(`gdpr: ${messageOf(error)}`);
  const fields = problem?.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
  for (const field of fields) if (!problem?.detail.includes(field)) warn(`  ${field}`);
  if (error instanceof UsageError) {
    warn(`See \`${verb} --help\`.`);
    return 2;
  }
  if (error instanceof InterruptedError) return EXIT_INTERRUPTED;
  return problem?.errors?.some(({ pointer }) => !pointer.startsWith('/login')) ? 2 : 1;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'failed');

function ownProblem(error: unknown): { title: string; detail: string } {
  if (error instanceof InterruptedError) return { title: 'Interrupted', detail: 'Nothing was written' };
  return { title: error instanceof Error ? error.name : 'Error', detail: messageOf(error) };
}
