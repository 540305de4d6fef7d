import middy from '@middy/core';
import { type MaintainPortalPorts, maintainPortal } from '../../modules/portal/maintain-portal.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Maintain Portal` of anonymize.asl.json: cleans up pages and statistics behind the change. */
export const createHandler = (ports: MaintainPortalPorts) =>
  middy<Attempt, Record<string, never>>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) => maintainPortal(event, ports, signal));
