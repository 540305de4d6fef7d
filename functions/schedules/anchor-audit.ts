import { randomBytes } from 'node:crypto';
import { timeStampWitness } from '../../modules/proof/adapters/time-stamp-witness.ts';
import { anchorAudit } from '../../modules/proof/audit-anchors.ts';
import { anchors } from '../wiring/anchors.ts';
import { settings } from '../wiring/documents.ts';
import { clock, fresh, log } from '../wiring/environment.ts';
import { schedule } from '../wiring/schedule.ts';

/** Schedule: sends the ends of audit trails to the time stamp authority. */
export const handler = fresh(async () => {
  const { audit, allowLoopback } = await settings();
  const outside = { allowLoopback, now: clock.now, random: randomBytes, log };
  const witness = audit.witness && timeStampWitness({ ...outside, ...audit.witness });
  const ports = { anchors: anchors(), witness, clock, log };
  return schedule('anchor-audit', (signal) => anchorAudit(ports, signal));
});
