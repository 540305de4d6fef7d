import middy from '@middy/core';
import { type VerifyPortalPorts, verifyPortal } from '../../modules/portal/verify-portal.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Verify Portal` of anonymize.asl.json: counts the name again through another role; fails when it is still there. */
export const createHandler = (ports: VerifyPortalPorts) =>
  middy<Attempt, Record<string, never>>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) => verifyPortal(event, ports, signal));
