const MAX_TRIES = 4;
/** Pause before the next try when the API names none, seconds. */
const PAUSE = 0.5;

/** Why a try failed; status 0 when nothing answered. */
type Refusal = { readonly type: string; readonly status: number; readonly retryAfter?: number };

/** Whether a refusal leaves open what the call has begun. Repeated under the same `Idempotency-Key` it starts nothing twice. */
export const isEndUnknown = ({ type, status }: Refusal): boolean =>
  type === '/problems/request-in-flight' ||
  type === '/problems/internal' ||
  (type === 'about:blank' && (status === 0 || status >= 500));

/** Starts work under one key: when the answer is lost, the call is repeated. @param refusalIn nothing for another kind of error */
export async function startOnce<T>(
  send: (headers: { readonly 'Idempotency-Key': string }) => Promise<T>,
  refusalIn: (error: unknown) => Refusal | undefined,
): Promise<T> {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  for (let left = MAX_TRIES - 1; ; left -= 1) {
    try {
      return await send(headers);
    } catch (error) {
      const refusal = refusalIn(error);
      if (left === 0 || !refusal || !isEndUnknown(refusal)) throw error;
      await new Promise((resolve) => setTimeout(resolve, (refusal.retryAfter ?? PAUSE) * 1000));
    }
  }
}
