import * as z from 'zod';
import { Instant } from '../../modules/common/shapes.ts';
import { ListFilters } from '../../modules/requests/views/get-request.ts';

/** A place in the list. It is encoded, so that no caller relies on its parts. */
const Cursor = z
  .string()
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .refine((place) => /^[\dTZ:.-]{20,30}#[\da-f-]{36}$/.test(place), 'must be `next` of the previous page');

export const ListQuery = ListFilters.extend({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.exactOptional(),
});

/** Query of `GET /v1/requests/{requestId}/events`. */
export const EventsQuery = z.object({ after: z.coerce.number().int().min(0).default(0) });

/** Query of `GET /v1/anchors`. */
export const AnchorsQuery = z.object({ after: Instant.default('1970-01-01T00:00:00.000Z') });

/** Query of `GET /v1/doctor`. */
export const DoctorQuery = z.object({
  testTicket: z
    .string()
    .regex(/^[a-z0-9-]{1,40}:\S{1,100}$/, 'must be CONNECTION:TICKET')
    .exactOptional(),
});
