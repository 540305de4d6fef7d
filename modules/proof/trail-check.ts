import type { EventsView } from '../requests/audit/entry.ts';
import { chainFaults, digestOf } from '../requests/audit/trail.ts';
import { anchorsOf, headFaults, type StampedAnchor } from './audit-anchors.ts';

/** Result of checking an audit trail, also against anchors. */
export interface TrailCheck {
  /** What is wrong; empty when it is good. */
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
  if (knownHead !== undefined && !events.some((entry) => digestOf(entry) === knownHead)) {
    faults.push('no entry has the digest that was kept elsewhere: entries were cut off or rewritten');
  }
  faults.push(...headFaults(requestId, events, anchors));
  const last = events.at(-1);
  const counts = { entries: events.length, anchors: anchorsOf(requestId, anchors) };
  return { faults, ...counts, ...(last && { head: digestOf(last) }) };
}
