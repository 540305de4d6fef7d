import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../common/canonical-json.ts';
import { Instant, type ReadonlyDeep, Sha256 } from '../common/shapes.ts';
import type { AuditEntry, EventsView } from '../requests/audit/entry.ts';
import { chainFaults, digestOf } from '../requests/audit/trail.ts';
import type { RequestPorts } from '../requests/store.ts';

interface TrailCheck {
  readonly faults: readonly string[];
  readonly entries: number;
  /** Number of anchors that hold the end of the trail. */
  readonly anchors: number;
  /** Digest of the last entry, hex. */
  readonly head?: string;
}

/** Checks an audit trail. @param knownHead a digest that was kept elsewhere: it must be the digest of one of the entries */
export function checkTrail(
  { requestId, events }: EventsView,
  anchors: readonly StampedAnchor[],
  knownHead?: string,
): TrailCheck {
  const faults = events.length === 0 ? ['there is no entry'] : chainFaults(requestId, events);
  if (knownHead !== undefined && !events.some((entry) => digestOf(entry) === knownHead))
    faults.push('no entry has the digest that was kept elsewhere: entries were cut off or rewritten');
  faults.push(...headFaults(requestId, events, anchors));
  const last = events.at(-1);
  const holding = anchors.filter(({ heads }) => heads[keyOf(requestId)] !== undefined);
  return { faults, entries: events.length, anchors: holding.length, ...(last && { head: digestOf(last) }) };
}

/** The ends of audit trails at one moment, and the hash of the previous anchor. A witness stamps its hash (R27). */
const Anchor = z.strictObject({
  /** Later than that of the previous anchor. */
  at: Instant,
  before: Sha256.describe(
    'SHA-256 of the canonical JSON of the previous anchor, without its stamp; zeros for the first',
  ),
  /** The hash hides which Requests exist. */
  heads: z
    .record(Sha256, Sha256)
    .describe('SHA-256 of the last entry of each audit trail; the key is the SHA-256 of the request id'),
});
type Anchor = ReadonlyDeep<z.infer<typeof Anchor>>;

const StampedAnchor = Anchor.extend({
  stamp: z
    .string()
    .regex(/^[A-Za-z0-9+/]+=*$/)
    .describe('Time stamp (RFC 3161) of the SHA-256 of this anchor, base64'),
});
export type StampedAnchor = ReadonlyDeep<z.infer<typeof StampedAnchor>>;

/** Answer of `GET /v1/anchors`. */
export const AnchorsView = z.strictObject({
  anchors: z.array(StampedAnchor),
  next: Instant.exactOptional().describe('`after` of the next page; absent at the end'),
});
export type AnchorsView = ReadonlyDeep<z.infer<typeof AnchorsView>>;

/** A trail that has grown since it was anchored: number and digest of its last entry. */
type Head = { readonly requestId: string; readonly seq: number; readonly head: string };

/** Stores anchors and lists the trails that have grown since; that list may lag behind by a moment. */
export interface Anchors {
  grown(max: number): Promise<readonly Head[]>;
  /** Removes a trail from `grown`, unless it has grown again. */
  noteAnchored(head: Head): Promise<void>;
  last(): Promise<StampedAnchor | undefined>;
  /** @returns false when an anchor of that moment exists */
  put(anchor: StampedAnchor): Promise<boolean>;
  list(after: string): Promise<AnchorsView>;
}

/** An external service that certifies that a text existed at a time. */
export interface Witness {
  /** Stamps the SHA-256 of a text. @returns the whole answer, base64 @throws {WitnessError} */
  stamp(text: string): Promise<string>;
}

const NO_ANCHOR = '0'.repeat(64);
const keyOf = (requestId: string): string => createHash('sha256').update(requestId).digest('hex');

/** The text that is stamped; the next anchor holds its SHA-256. */
const anchorText = ({ at, before, heads }: Anchor): string => canonicalJson({ at, before, heads });

export const anchorDigest = (anchor: Anchor): string => createHash('sha256').update(anchorText(anchor)).digest('hex');

export const nextAnchor = (last: Anchor | undefined, heads: readonly Head[], now: Date): Anchor => ({
  at: new Date(Math.max(now.getTime(), last ? Date.parse(last.at) + 1 : 0)).toISOString(),
  before: last ? anchorDigest(last) : NO_ANCHOR,
  heads: Object.fromEntries(heads.map(({ requestId, head }) => [keyOf(requestId), head])),
});

/** Faults in order and stamps, in words. Without CAs (PEM) the signer is not checked. @throws {TypeError} the PEM has no certificate */
export async function anchorFaults(anchors: readonly StampedAnchor[], authorityCa?: string): Promise<string[]> {
  const faults: string[] = [];
  if (anchors.length === 0) return faults;
  const { certificatesIn, stampFaults } = await import('./time-stamp.ts'); // 300 kB that few functions need
  const trusted = authorityCa === undefined ? undefined : certificatesIn(authorityCa);
  let before = NO_ANCHOR;
  for (const anchor of anchors) {
    if (anchor.before !== before) faults.push(`the anchor of ${anchor.at} does not follow the previous one`);
    const question = { text: anchorText(anchor), at: new Date(anchor.at) };
    const ofStamp = await stampFaults(Buffer.from(anchor.stamp, 'base64'), question, trusted);
    faults.push(...ofStamp.map((fault) => `the stamp on the anchor of ${anchor.at} ${fault}`));
    before = anchorDigest(anchor);
  }
  return faults;
}

/** Anchored entries that are missing from a trail, in words. */
function headFaults(requestId: string, entries: readonly AuditEntry[], anchors: readonly StampedAnchor[]): string[] {
  const key = keyOf(requestId);
  const known = new Set(entries.map(digestOf));
  return anchors.flatMap(({ at, heads }) => {
    const head = heads[key];
    if (head === undefined || known.has(head)) return [];
    return [`the entry that was the last at ${at} is missing: entries were cut off or rewritten`];
  });
}

/** Maximum ends of trails in one anchor: about 270 kB; an item may have 400 kB. */
const MAX_HEADS = 2000;

/**
 * Has the witness stamp the ends of all audit trails that have grown, so that a later cut or change is found (R27). A repeat is
 * harmless; the next run does what this one could not. @returns number of trails that were anchored @throws {WitnessError}
 */
export async function anchorAudit(
  ports: Omit<RequestPorts, 'requests'> & { readonly anchors: Anchors; readonly witness: Witness | undefined },
  signal?: AbortSignal,
): Promise<{ readonly anchored: number }> {
  const { anchors, witness, clock, log } = ports;
  let anchored = 0;
  while (witness && !signal?.aborted) {
    const heads = await anchors.grown(MAX_HEADS);
    if (heads.length === 0) break;
    const anchor = nextAnchor(await anchors.last(), heads, clock.now());
    const stamp = await witness.stamp(anchorText(anchor));
    if (!(await anchors.put({ ...anchor, stamp }))) break; // another call was faster
    await Promise.all(heads.map((head) => anchors.noteAnchored(head)));
    anchored += heads.length;
    log.info('audit anchored', { count: heads.length, digest: anchorDigest(anchor) }); // a copy beside the table
    if (heads.length < MAX_HEADS) break; // the list lags behind and would return the same trails again
  }
  return { anchored };
}
