import { closingPorts } from '../shared/closing.ts';
import { callers, clock, executions, openRequests, warnDays } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  ...closingPorts(),
  executions: executions(),
  openRequests: openRequests(),
  callers: callers(),
  clock,
  warnDays,
});
