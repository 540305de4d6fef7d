import middy from '@middy/core';
import type * as z from 'zod';
import { maskedPortal } from '../../core/co-users/masked-portal.ts';
import type { PortalMapping } from '../../core/portal-mapping.ts';
import { type QueryPortalPorts, queryPortal } from '../../core/steps/query-portal.ts';
import { coUserNames } from '../../modules/masking/stand-ins-of-request.ts';
import { validateEvent } from '../shared/middleware.ts';
import { TaskEvent } from '../shared/schemas.ts';

/** Task `Query Portal` of retrieve.asl.json: stores what the Portal database holds about the Subject as Parts. */
export const createHandler = (ports: QueryPortalPorts, mapping: PortalMapping) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler(async (event, _context, { signal }) => {
      const names = await coUserNames(event.requestId, ports);
      const portalDatabase = names ? maskedPortal(ports.portalDatabase, mapping, names) : ports.portalDatabase;
      return queryPortal(event, { ...ports, portalDatabase }, signal);
    });
