import type { Problem } from '../functions/http/problems.ts';

/** The JSON object in an answer, if it holds one. */
export async function readJson(answer: Response): Promise<object | undefined> {
  const value: unknown = await answer.json().catch(() => undefined);
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** The problem document of a refusal; one of our own when the token was refused, or when a gateway gave none. */
export async function problemOf(answer: Response): Promise<Problem> {
  const { status } = answer;
  const value = (await readJson(answer)) as Partial<Problem> | undefined;
  if (status === 401) {
    const detail = 'Check --token or GDPR_TOKEN: it may have expired';
    return { type: 'about:blank', title: 'The token was refused', status, detail };
  }
  if (typeof value?.title === 'string' && typeof value.detail === 'string') {
    return { ...value, type: value.type ?? 'about:blank', title: value.title, detail: value.detail, status };
  }
  return { type: 'about:blank', title: `HTTP status ${status}`, status, detail: 'No reason was given' };
}
