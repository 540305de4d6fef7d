import * as z from 'zod';
import { Instant, type ReadonlyDeep } from '../common/shapes.ts';

/** Why a Request was turned down: a closed list, so that no free text about a person is stored. */
export const DenialReason = z.enum([
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
]);
export type DenialReason = z.infer<typeof DenialReason>;

/** Why the deadline is paused: the person was asked who they are (GDPR Art. 12(6)), or what they mean (recital 63). */
export const PauseReason = z.enum(['identity', 'scope']);
/** Why the deadline is later. Source: GDPR Art. 12(3). */
export const ExtensionReason = z.enum(['complexity', 'number-of-requests']);

const ExtensionMonths = z.union([z.literal(1), z.literal(2)]);

/** A stretch in which the deadline was paused; without `to` it still is. */
const DeadlinePause = z.strictObject({ from: Instant, to: Instant.exactOptional(), reason: PauseReason });

/** The deadline of a Request, and what moved it. */
export const Deadline = z.strictObject({
  receivedAt: Instant.describe('When the person made the request'),
  /** While it is paused: as if it went on now. */
  dueAt: Instant.describe('Deadline: the last second of the day'),
  pauses: z.array(DeadlinePause),
  extension: z.strictObject({ months: ExtensionMonths, reason: ExtensionReason, at: Instant }).exactOptional(),
  /** Ids of the warnings that were given. */
  warned: z.array(z.string()).exactOptional(),
});
export type Deadline = ReadonlyDeep<z.infer<typeof Deadline>>;

/** Body of `POST /v1/requests/{requestId}/deadline`. */
export const DeadlineChange = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('pause'), reason: PauseReason }),
  z.strictObject({ action: z.literal('resume') }),
  /** `months`: 2 when absent. */
  z.strictObject({ action: z.literal('extend'), reason: ExtensionReason, months: ExtensionMonths.exactOptional() }),
]);
export type DeadlineChange = ReadonlyDeep<z.infer<typeof DeadlineChange>>;

/** Body of `POST /v1/requests/{requestId}/deny`. */
export const DenyBody = z.strictObject({ reasonCode: DenialReason });
