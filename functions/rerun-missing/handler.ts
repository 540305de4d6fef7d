import middy from '@middy/core';
import { type RerunMissingPorts, type RerunPolicy, rerunMissing } from '../../modules/schedules/rerun-missing.ts';

/** By its schedule: asks what unfinished archives miss again. */
export const createHandler = (policy: RerunPolicy, ports: RerunMissingPorts) =>
  middy<object, { readonly rerun: number }>().handler((_event, _context, { signal }) =>
    rerunMissing(policy, ports, signal),
  );
