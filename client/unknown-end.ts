/**
 * Whether a refusal leaves open what the call has begun: it is being handled still, its function or stores failed, or the
 * gateway alone has answered. Repeated under the same `Idempotency-Key` it starts nothing twice.
 */
export const isEndUnknown = ({ type, status }: { readonly type: string; readonly status: number }): boolean =>
  type === '/problems/request-in-flight' || type === '/problems/internal' || (type === 'about:blank' && status >= 500);
