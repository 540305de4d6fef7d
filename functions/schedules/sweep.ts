import { sweep } from '../../modules/schedules/sweep.ts';
import { closingPorts } from '../wiring/closing.ts';
import { settings } from '../wiring/documents.ts';
import { fresh } from '../wiring/environment.ts';
import { executions } from '../wiring/executions.ts';
import { schedule } from '../wiring/schedule.ts';
import { openRequests, requestList } from '../wiring/tables.ts';

/** Schedule: finishes and removes what was left behind, and answers with what it did. */
export const handler = fresh(async () => {
  const { deadline } = await settings();
  const policy = { warnDays: deadline.warnDays };
  const ports = {
    ...closingPorts(),
    executions: executions(),
    openRequests: openRequests(),
    requestList: requestList(),
  };
  return schedule('sweep', (signal) => sweep(policy, ports, signal));
});
