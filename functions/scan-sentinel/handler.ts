import middy from '@middy/core';
import { type ScanPolicy, type ScanSentinelPorts, scanSentinel } from '../../modules/schedules/scan-sentinel.ts';

/** By its schedule: looks for names that came back. */
export const createHandler = (policy: ScanPolicy, ports: ScanSentinelPorts) =>
  middy<object, { readonly scanned: number; readonly found: number }>().handler((_event, _context, { signal }) =>
    scanSentinel(policy, ports, signal),
  );
