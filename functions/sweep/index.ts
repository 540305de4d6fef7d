import { closingPorts } from '../wiring/closing.ts';
import { callers, clock, executions, openRequests, warnDays } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  ...closingPorts(),
  executions: executions(),
  openRequests: openRequests(),
  callers: callers(),
  clock,
  warnDays,
});
