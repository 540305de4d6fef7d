import middy from '@middy/core';
import type * as z from 'zod';
import { type MaintainPortalPorts, maintainPortal } from '../../modules/portal/maintain-portal.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Maintain Portal` of anonymize.asl.json: cleans up pages and statistics behind the change. */
export const createHandler = (ports: MaintainPortalPorts) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => maintainPortal(event, ports, signal));
