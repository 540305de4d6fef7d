import * as z from 'zod';
import { type Actor, AUDIT_EVENTS, type AuditEntry, type EventsView } from '../../../modules/requests/audit-trail.ts';
import type { RequestState } from '../../../modules/requests/record.ts';
import { LIFECYCLE } from '../../../modules/requests/state-machine.ts';
import type { FieldsOf } from './fields.ts';

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** One entry of an audit trail. */
export const AuditEntrySchema: z.ZodType<AuditEntry> = z.strictObject({
  requestId: z.uuid(),
  seq: z.int().min(1).describe('From 1, without gaps'),
  at: z.iso.datetime(),
  by: z
    .strictObject({ id: z.string(), role: z.enum(['person', 'machine', 'system']) } satisfies FieldsOf<Actor>)
    .describe('Who did it: an opaque id, never a name'),
  what: z.enum(AUDIT_EVENTS),
  counts: z.record(z.string(), z.number()).exactOptional().describe('Numbers of rows, bytes, sources and the like'),
  error: z.string().exactOptional().describe('Name of the error behind it'),
  certificate: Digest.exactOptional().describe('SHA-256 of the certificate that was issued with it'),
  state: z.enum(Object.keys(LIFECYCLE) as [RequestState, ...RequestState[]]).describe('Of the request from then on'),
  attempt: z.int().min(1),
  before: Digest.describe('SHA-256 of the canonical JSON of the entry before; zeros for the first'),
} satisfies FieldsOf<AuditEntry>);

/** A page of an audit trail. */
export const EventsViewSchema: z.ZodType<EventsView> = z.strictObject({
  requestId: z.uuid(),
  events: z.array(AuditEntrySchema),
  next: z.int().min(1).exactOptional().describe('`after` of the next page; absent at the end'),
} satisfies FieldsOf<EventsView>);
