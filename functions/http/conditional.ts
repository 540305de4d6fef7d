import type { HttpEvent } from './http-event.ts';

/** API Gateway ends a call after 29 s. */
const MAX_WAIT_SECONDS = 20;

/** Seconds that a caller wants to wait for a change, 20 at most. Source: RFC 7240 section 4.3. */
export function preferredWait({ headers }: Pick<HttpEvent, 'headers'>): number | undefined {
  for (const preference of (headers.prefer ?? '').split(',')) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** Whether an `ETag` is among those that the caller has; undefined when it names none. Source: RFC 9110 section 13.1.2. */
export function ifNoneMatch({ headers }: Pick<HttpEvent, 'headers'>): ((etag: string) => boolean) | undefined {
  const known = headers['if-none-match']?.trim();
  if (!known) return undefined;
  const tags: readonly string[] = known.match(/"[^"]*"/g) ?? [];
  return (etag) => known === '*' || tags.includes(etag);
}
