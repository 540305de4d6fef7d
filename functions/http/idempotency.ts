/** What is known about a call with a key. `requestId`: the id that its first try got. */
export type Begun =
  | { readonly kind: 'first'; readonly requestId: string }
  /** An earlier try crashed: it may have started the work. */
  | { readonly kind: 'resumed'; readonly requestId: string }
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'other-call' }
  | { readonly kind: 'in-flight'; readonly waitSeconds: number };

/** Calls by their key, each kept for a day: a repeat gets the first answer and starts nothing. */
export interface Idempotency {
  /**
   * @param call Caller and key; nothing personal
   * @param mac of the whole call
   * @param requestId used when the call is new
   */
  begin(call: string, mac: string, requestId: string): Promise<Begun>;
  /** @param answer without personal data */
  finish(call: string, answer: string): Promise<void>;
  /** The call was refused and has started nothing: its key is free again. */
  abandon(call: string): Promise<void>;
}
