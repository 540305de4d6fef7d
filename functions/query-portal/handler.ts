import middy from '@middy/core';
import type * as z from 'zod';
import { type QueryPortalPorts, queryPortal } from '../../core/steps/query-portal.ts';
import { validateEvent } from '../shared/middleware.ts';
import { TaskEvent } from '../shared/schemas.ts';

/** Task `Query Portal` of retrieve.asl.json: stores what the Portal database holds about the Subject as Parts. */
export const createHandler = (ports: QueryPortalPorts) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => queryPortal(event, ports, signal));
