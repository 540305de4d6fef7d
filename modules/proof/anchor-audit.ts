import type { Clock, Log } from '../common/ports.ts';
import { type Anchors, anchorDigest, anchorText, nextAnchor, type Witness } from './audit-anchors.ts';

interface AnchorAuditPorts {
  readonly anchors: Anchors;
  /** Absent: nothing is anchored. */
  readonly witness: Witness | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Maximum ends of trails in one anchor: about 270 kB; an item may have 400 kB. */
const MAX_HEADS = 2000;

/**
 * Has the witness stamp the ends of all audit trails that have grown, so that a later cut or change of a trail is found (R27).
 * A repeat is harmless. The next run stamps what this one could not.
 * @returns number of trails that were anchored
 * @throws {WitnessError}
 */
export async function anchorAudit(
  { anchors, witness, clock, log }: AnchorAuditPorts,
  signal?: AbortSignal,
): Promise<{ readonly anchored: number }> {
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
