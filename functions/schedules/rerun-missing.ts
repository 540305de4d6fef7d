import middy from '@middy/core';
import { type RerunMissingPorts, rerunMissing } from '../../modules/schedules/rerun-missing.ts';
import { fresh } from '../wiring/lazy.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { startPorts } from '../wiring/start-ports.ts';
import { openRequests } from '../wiring/tables.ts';

/** Schedule: queries the sources that archives miss again. */
export const createHandler = (policy: Parameters<typeof rerunMissing>[0], ports: RerunMissingPorts) =>
  middy<object, { readonly rerun: number }>().handler((_event, _context, { signal }) =>
    rerunMissing(policy, ports, signal),
  );

export const handler = fresh(async () => {
  const { limits, outside } = await nexthink();
  const ports = { ...startPorts(), ...outside, openRequests: openRequests() };
  return {
    handler: createHandler({ ...limits.reruns, account: limits.account }, ports),
    close: outside.engineApi.close,
  };
});
