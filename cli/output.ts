import { isWaiting } from '../modules/requests/state-machine.ts';
import type { RequestView } from '../modules/requests/views/request-view.ts';
import { ApiProblemError, InterruptedError, UsageError } from './errors.ts';
import { anythingFound, missingSentence, missingSources, printable } from './source-states.ts';

/** The one JSON document of `--json`. */
export const printJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A line for people on standard output. */
export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** A line on standard error: progress, warnings, refusals. */
export const warn = (line: string): boolean => process.stderr.write(`${line}\n`);

/** A Request in one line, or whole with `--json`. */
export function printRequest(view: RequestView, json: boolean): void {
  if (json) printJson(view);
  else print(`${view.requestId}  ${view.state}`);
}

/** Names each source that could not be had, and why (R12); the error that ended a Request; whom it waits for. */
export function warnMissing(view: RequestView): void {
  for (const source of missingSources(view.progress)) warn(missingSentence(source));
  if (view.failure) warn(`Request ${view.requestId} ended with ${view.failure}`);
  if (isWaiting(view.state)) warn(`Request ${view.requestId} is ${view.state}, until ${view.waitsUntil}`);
}

/** Says so when no source knows the name. */
export function warnNothingFound(view: RequestView): void {
  if (anythingFound(view)) return;
  const gaps = missingSources(view.progress).length > 0;
  warn(gaps ? 'nothing was found under that name where an answer came' : 'nothing was found under that name');
}

/**
 * Tells a failure: in words on standard error and, with `--json`, as the one document on standard output.
 * @returns the exit code: 2 for what the command line or the body got wrong, else 1
 */
export function reportFailure(error: unknown, json: boolean): number {
  const problem = error instanceof ApiProblemError ? error.problem : undefined;
  if (json) printJson({ problem: problem ?? ownProblem(error) });
  warn(`gdpr: ${printable(messageOf(error))}`);
  const fields = problem?.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
  for (const field of fields) if (!problem?.detail.includes(field)) warn(`  ${printable(field)}`);
  if (error instanceof UsageError) {
    warn('`gdpr --help` lists verbs and options.');
    return 2;
  }
  return problem?.errors?.some(({ pointer }) => !pointer.startsWith('/login')) ? 2 : 1;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'failed');

function ownProblem(error: unknown): { title: string; detail: string } {
  if (error instanceof InterruptedError) return { title: 'Interrupted', detail: 'Nothing was written' };
  return { title: error instanceof Error ? error.name : 'Error', detail: messageOf(error) };
}
