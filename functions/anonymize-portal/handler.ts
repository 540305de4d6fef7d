import middy from '@middy/core';
import type * as z from 'zod';
import { type PlanPorts, plannedAnonymizer } from '../../core/planned-anonymizer.ts';
import type { PortalMapping } from '../../core/portal-mapping.ts';
import { type AnonymizePortalPorts, anonymizePortal } from '../../core/steps/anonymize-portal.ts';
import { validateEvent } from '../shared/middleware.ts';
import { TaskEvent } from '../shared/schemas.ts';

/** What tells whether the plan that a Request carries still holds. */
type Plan = Pick<PlanPorts, 'portalPreview' | 'portalLedger'> & { readonly mapping: PortalMapping };

/** Task `Anonymize Portal` of anonymize.asl.json: replaces the Subject's name in the Portal database, in one transaction. */
export const createHandler = (ports: AnonymizePortalPorts, plan?: Plan) =>
  middy<z.infer<typeof TaskEvent>, Record<string, never>>()
    .use(validateEvent(TaskEvent))
    .handler((event, _context, { signal }) => {
      const portalAnonymizer = plan
        ? plannedAnonymizer(ports.portalAnonymizer, plan.mapping, { ...ports, ...plan })
        : ports.portalAnonymizer;
      return anonymizePortal(event, { ...ports, portalAnonymizer }, signal);
    });
