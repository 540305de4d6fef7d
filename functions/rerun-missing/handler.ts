import middy from '@middy/core';
import { type RerunMissingPorts, rerunMissing } from '../../modules/schedules/rerun-missing.ts';

/** By its schedule: asks what unfinished archives miss again. */
export const createHandler = (ports: RerunMissingPorts) =>
  middy<object, { readonly rerun: number }>().handler((_event, _context, { signal }) => rerunMissing(ports, signal));
