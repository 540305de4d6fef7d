import middy from '@middy/core';
import type * as z from 'zod';
import { coUserNames } from '../../modules/masking/stand-ins-of-request.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { type QueryPortalPorts, queryPortal } from '../../modules/portal/query-portal.ts';
import { maskedPortal } from '../../modules/portal/retrieval/masked-portal.ts';
import { TaskEvent } from '../http/bodies.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Query Portal` of retrieve.asl.json: stores what the Portal database holds about the Subject as Parts. */
export const createHandler = (ports: QueryPortalPorts, mapping: PortalMapping) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler(async (event, _context, { signal }) => {
      const names = await coUserNames(event.requestId, ports);
      const portalDatabase = names ? maskedPortal(ports.portalDatabase, mapping, names) : ports.portalDatabase;
      return queryPortal(event, { ...ports, portalDatabase }, signal);
    });
