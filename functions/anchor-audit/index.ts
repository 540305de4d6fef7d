import { randomBytes } from 'node:crypto';
import { timeStampWitness } from '../../modules/proof/adapters/time-stamp-witness.ts';
import { fresh } from '../http/parse.ts';
import { anchors, clock, log, settings } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { audit, allowLoopback } = await settings();
  const outside = { allowLoopback, now: clock.now, random: randomBytes, log };
  const witness = audit.witness && timeStampWitness({ ...outside, ...audit.witness });
  return { handler: createHandler({ anchors: anchors(), witness, clock, log }) };
});
