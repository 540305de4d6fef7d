import type { Problem } from '../client/types.ts';
import { isEndUnknown } from '../client/unknown-end.ts';

/** The API refused, or nothing answered: a problem document to show (R23). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** How often a start is repeated whose answer was lost. */
const REPEATS = 3;

/** Starts work, once: a repeat under the same key brings the answer of the first try. */
export async function startOnce<T>(start: (key: string) => Promise<T>): Promise<T> {
  const key = crypto.randomUUID();
  for (let left = REPEATS; ; left -= 1) {
    try {
      return await start(key);
    } catch (error) {
      const { problem } = error as ProblemError;
      if (left === 0 || !(problem.status === 0 || isEndUnknown(problem))) throw error; // 0: nothing answered
      await new Promise((resolve) => setTimeout(resolve, (problem.retryAfter ?? 1) * 1000));
    }
  }
}

/** @throws {ProblemError} nothing answered */
export async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: 'no-store', credentials: 'omit' });
  } catch {
    throw new ProblemError(ownProblem(0, 'No answer', 'The API cannot be reached; is the system running?'));
  }
}

/** The JSON of an answer, if it holds any. */
export const readJson = (answer: Response): Promise<unknown> => answer.json().catch(() => undefined);

/** A problem that the page found by itself. */
export const ownProblem = (status: number, title: string, detail: string): Problem => ({
  type: 'about:blank',
  title,
  status,
  detail,
});

/** Whether an answer is a problem document. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && 'detail' in value;
