import middy from '@middy/core';
import { type AnonymizePortalPorts, anonymizePortal } from '../../modules/portal/anonymize-portal.ts';
import { Attempt } from '../../modules/requests/attempt.ts';
import { validateEvent } from '../http/parse.ts';

/** Task `Anonymize Portal` of anonymize.asl.json: replaces the Subject's name in the Portal database, in one transaction. */
export const createHandler = (ports: AnonymizePortalPorts) =>
  middy<Attempt, Record<string, never>>()
    .use(validateEvent(Attempt))
    .handler((event, _context, { signal }) => anonymizePortal(event, ports, signal));
