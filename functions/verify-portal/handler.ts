import middy from '@middy/core';
import type * as z from 'zod';
import { type VerifyPortalPorts, verifyPortal } from '../../modules/portal/verify-portal.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Verify Portal` of anonymize.asl.json: counts the name again through another role; fails when it is still there. */
export const createHandler = (ports: VerifyPortalPorts) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => verifyPortal(event, ports, signal));
