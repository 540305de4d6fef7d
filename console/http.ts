import type { Problem } from '../client/types.ts';

/** The API refused, or nothing answered: a problem document to show (R23). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
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
