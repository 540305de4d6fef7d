import * as z from 'zod';
import type { SweepView, Swept } from '../../../modules/schedules/sweep.ts';
import { SWEEP_ACTIONS } from '../../../modules/schedules/sweep-plan.ts';
import type { FieldsOf } from './fields.ts';

/** What the sweeper found. */
export const SweepViewSchema: z.ZodType<SweepView> = z.strictObject({
  dryRun: z.boolean(),
  looked: z.int().min(0).describe('Requests that were looked at'),
  swept: z.array(
    z.strictObject({
      requestId: z.uuid(),
      action: z.enum(SWEEP_ACTIONS),
      error: z.string().exactOptional().describe('Name of the error that kept it from being done'),
    } satisfies FieldsOf<Swept>),
  ),
} satisfies FieldsOf<SweepView>);
