import middy from '@middy/core';
import { type SweepPolicy, type SweepPorts, type SweepReport, sweep } from '../../modules/schedules/sweep.ts';
import { closingPorts } from '../wiring/closing.ts';
import { settings } from '../wiring/documents.ts';
import { clock } from '../wiring/environment.ts';
import { executions } from '../wiring/executions.ts';
import { fresh } from '../wiring/lazy.ts';
import { openRequests } from '../wiring/tables.ts';

/** Schedule: finishes and removes what was left behind, and answers with what it did. */
export const createHandler = (policy: SweepPolicy, ports: SweepPorts) =>
  middy<object, SweepReport>().handler((_event, _context, { signal }) => sweep(policy, ports, signal));

export const handler = fresh(async () => {
  const { warnDays } = (await settings()).deadline;
  const ports = { ...closingPorts(), executions: executions(), openRequests: openRequests(), clock };
  return { handler: createHandler({ warnDays }, ports) };
});
