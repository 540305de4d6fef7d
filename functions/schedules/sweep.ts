import middy from '@middy/core';
import { type SweepPorts, type SweepReport, sweep } from '../../modules/schedules/sweep.ts';
import { closingPorts } from '../wiring/closing.ts';
import { clock, executions, openRequests, warnDays } from '../wiring/dependencies.ts';
import { lazy } from '../wiring/lazy.ts';

/** By its schedule: does what was left to do, and answers with it. */
export const createHandler = (ports: SweepPorts) =>
  middy<object, SweepReport>().handler((_event, _context, { signal }) => sweep(ports, signal));

export const handler = lazy(() =>
  createHandler({
    ...closingPorts(),
    executions: executions(),
    openRequests: openRequests(),
    clock,
    warnDays,
  }),
);
