import * as z from 'zod';
import { Instant, type ReadonlyDeep } from '../common/shapes.ts';

/** Why a Request was denied: a closed list, so that no free text about a person is stored. */
export const DenialReason = z.enum([
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
]);
export type DenialReason = z.infer<typeof DenialReason>;

/** Why the deadline is paused: a question to the person about identity (GDPR Art. 12(6)) or about scope (recital 63). */
export const PauseReason = z.enum(['identity', 'scope']);
/** Why the deadline is later. Source: GDPR Art. 12(3). */
export const ExtensionReason = z.enum(['complexity', 'number-of-requests']);

const ExtensionMonths = z.union([z.literal(1), z.literal(2)]);

/** A pause of the deadline; without `to` it still is paused. */
const DeadlinePause = z.strictObject({ from: Instant, to: Instant.exactOptional(), reason: PauseReason });

export const Deadline = z.strictObject({
  receivedAt: Instant.describe('When the person made the request'),
  /** While it is paused: as if the pause ended now. */
  dueAt: Instant.describe('Deadline: the last second of the day'),
  zone: z.string().exactOptional().describe('Time zone in which its days are counted; UTC when absent'),
  pauses: z.array(DeadlinePause),
  extension: z.strictObject({ months: ExtensionMonths, reason: ExtensionReason, at: Instant }).exactOptional(),
  warned: z.array(z.string()).exactOptional(),
});
export type Deadline = ReadonlyDeep<z.infer<typeof Deadline>>;

export const DeadlineChange = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('pause'), reason: PauseReason }),
  z.strictObject({ action: z.literal('resume') }),
  /** `months`: 2 when absent. */
  z.strictObject({ action: z.literal('extend'), reason: ExtensionReason, months: ExtensionMonths.exactOptional() }),
]);
export type DeadlineChange = ReadonlyDeep<z.infer<typeof DeadlineChange>>;

/** That the answer was handed over, and to whom; the audit trail names who recorded it. */
export const Handover = z.strictObject({ at: Instant, to: z.enum(['person', 'representative', 'other']) });

export const HandoverBody = Handover.extend({
  at: z.iso.datetime({ offset: true }).exactOptional().describe('When it was handed over; default: now'),
});
export type HandoverBody = ReadonlyDeep<z.infer<typeof HandoverBody>>;

export const DenyBody = z.strictObject({ reasonCode: DenialReason });
