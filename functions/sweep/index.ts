import { closingPorts } from '../wiring/closing.ts';
import { clock, executions, openRequests, warnDays } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  ...closingPorts(),
  executions: executions(),
  openRequests: openRequests(),
  clock,
  warnDays,
});
