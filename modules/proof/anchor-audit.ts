import type { Clock, Log } from '../common/ports.ts';
import { type Anchors, anchorDigest, anchorText, nextAnchor, type Witness } from './audit-anchors.ts';

export interface AnchorAuditPorts {
  readonly anchors: Anchors;
  /** Absent: nothing is anchored. */
  readonly witness: Witness | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Ends of trails in one anchor: some 270 kB, of the 400 that an item may have. */
const MAX_HEADS = 2000;

/**
 * Shows the ends of all audit trails that have grown to the witness, so that they cannot be cut or written anew later
 * without it being found (R27). A repeat is harmless; what could not be stamped is, the next time.
 * @returns how many trails were anchored
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
    if (!(await anchors.put({ ...anchor, stamp }))) break; // another call is at it
    await Promise.all(heads.map((head) => anchors.noteAnchored(head)));
    anchored += heads.length;
    log.info('audit anchored', { count: heads.length, digest: anchorDigest(anchor) }); // a copy beside the table
    if (heads.length < MAX_HEADS) break; // the list lags behind: it would tell the same again
  }
  return { anchored };
}
