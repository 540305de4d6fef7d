import middy from '@middy/core';
import { type SweepPorts, type SweepReport, sweep } from '../../modules/schedules/sweep.ts';

/** By its schedule: does what was left to do, and answers with it. */
export const createHandler = (ports: SweepPorts) =>
  middy<object, SweepReport>().handler((_event, _context, { signal }) => sweep(ports, signal));
