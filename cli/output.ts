import type { RequestView } from '../client/types.ts';
import { ApiProblemError, InterruptedError, UsageError } from './errors.ts';
import { EXIT_INTERRUPTED } from './interrupt.ts';
import { anythingFound, EXIT_CODES, missingSentence, missingSources, printable } from './states.ts';

/** The one JSON document of `--json`. */
export const printJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A line for people on standard output. */
export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** A line on standard error: progress, warnings, refusals. */
export const warn = (line: string): boolean => process.stderr.write(`${line}\n`);

/** A request in one line, or whole with `--json`. @returns exit code 0 */
export function printRequest(view: RequestView, json: boolean | undefined): number {
  if (json) printJson(view);
  else print(`${view.requestId}  ${view.state}`);
  return 0;
}

/** Names each missing source and why (R12), the error that ended the request, and until when it waits for a person. */
export function warnMissing(view: RequestView): void {
  for (const source of missingSources(view.progress)) warn(missingSentence(source));
  if (view.failure) warn(`Request ${view.requestId} ended with ${view.failure}`);
  if (EXIT_CODES[view.state] === 4) warn(`Request ${view.requestId} is ${view.state}, until ${view.waitsUntil}`);
}

/** Says so when no source knows the name. */
export function warnNothingFound(view: RequestView): void {
  if (anythingFound(view)) return;
  const gaps = missingSources(view.progress).length > 0;
  warn(gaps ? 'nothing was found under that name in the sources that answered' : 'nothing was found under that name');
}

/**
 * Reports a failure: in words on standard error and, with `--json`, as the one document on standard output.
 * @param verb the words whose `--help` shows what is right
 * @returns the exit code: 2 when the command line or the body is wrong, 130 when interrupted, else 1
 */
export function reportFailure(error: unknown, json: boolean, verb: string): number {
  const problem = error instanceof ApiProblemError ? error.problem : undefined;
  if (json) printJson({ problem: problem ?? ownProblem(error) });
  warn(`gdpr: ${printable(messageOf(error))}`);
  const fields = problem?.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
  for (const field of fields) if (!problem?.detail.includes(field)) warn(`  ${printable(field)}`);
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
