import middy from '@middy/core';
import type * as z from 'zod';
import { type AnonymizePortalPorts, anonymizePortal } from '../../modules/portal/anonymize-portal.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Anonymize Portal` of anonymize.asl.json: replaces the Subject's name in the Portal database, in one transaction. */
export const createHandler = (ports: AnonymizePortalPorts) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => anonymizePortal(event, ports, signal));
