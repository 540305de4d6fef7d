import * as z from 'zod';
import type { PreviewBody } from '../../modules/lifecycle/preview-view.ts';
import {
  DENIAL_REASONS,
  type DeadlineChange,
  EXTENSION_REASONS,
  PAUSE_REASONS,
} from '../../modules/requests/deadline-facts.ts';
import { Recipients } from '../../modules/requests/recipients.ts';
import type { StartRequestBody } from '../../modules/requests/start-body.ts';

/** Event of a Task that needs nothing but the Request. */
export const TaskEvent = z.strictObject({ requestId: z.uuid(), attempt: z.int().min(1) });

export const LoginBody = z.strictObject({
  username: z.string().min(1, 'must not be empty').max(256),
  password: z.string().min(1, 'must not be empty').max(1024),
});

/** Machines may name the system's own account instead. */
const GivenLogin = z.union([LoginBody, z.literal('service-account')], {
  error: 'must hold username and password, neither of them empty; machines may write "service-account" instead',
});

/** R1: one of the two; the name itself is judged in modules/engines/nxql.ts. */
const SubjectBody = z.strictObject({ kind: z.enum(['user', 'device']), name: z.string() });

/** The Caller's own name for a request in lists; must not be personal, hence so narrow. */
export const Reference = z
  .string()
  .regex(/^[A-Za-z0-9._:#/-]{1,64}$/, 'letters, digits and . _ : # / - only, 64 at most');

const common = {
  subject: SubjectBody,
  login: GivenLogin.exactOptional(),
  reference: Reference.exactOptional(),
  recipients: Recipients.exactOptional(),
  receivedAt: z.iso
    .datetime({ offset: true, error: 'must be an instant, such as 2026-11-23T08:00:00Z' })
    .exactOptional(),
};

const PlanHash = z.string().regex(/^[\w-]{22}\.[\w-]{43}$/, 'must be the planHash of POST /v1/preview');

/** Body of `POST /v1/preview`. */
export const PreviewBodySchema: z.ZodType<PreviewBody> = z.strictObject({
  kind: z.enum(['retrieve', 'anonymize']),
  subject: SubjectBody,
  login: LoginBody,
});

/** Body of `POST /v1/requests` (R1, R2, R13). */
export const StartBody: z.ZodType<StartRequestBody> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('retrieve'),
    sources: z
      .array(z.enum(['engine', 'portal']))
      .min(1, 'tick Engine data, Portal data, or both')
      .refine((sources) => new Set(sources).size === sources.length, 'names a source twice')
      .meta({ uniqueItems: true }),
    coUsers: z.enum(['keep', 'mask']).exactOptional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('anonymize'),
    irreversible: z.literal(true, 'must be true: an anonymization cannot be undone'),
    planHash: PlanHash.exactOptional(),
    ...common,
  }),
]);

/** Body of `POST /v1/requests/{requestId}/login` and `/rerun`. */
export const GivenLoginBody = z.strictObject({ login: GivenLogin });

/** Body of `POST /v1/engines`. */
export const LoginOnlyBody = z.strictObject({ login: LoginBody });

/** Body of `POST /v1/requests/{requestId}/approve`; the plan hash is needed for an anonymization. */
export const ApproveBody = z.strictObject({ planHash: PlanHash.exactOptional() });

/** Body of `POST /v1/requests/{requestId}/deny`. */
export const DenyBody = z.strictObject({ reasonCode: z.enum(DENIAL_REASONS) });

/** Body of `POST /v1/requests/{requestId}/deadline`. */
export const DeadlineBody: z.ZodType<DeadlineChange> = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('pause'), reason: z.enum(PAUSE_REASONS) }),
  z.strictObject({ action: z.literal('resume') }),
  z.strictObject({
    action: z.literal('extend'),
    reason: z.enum(EXTENSION_REASONS),
    months: z.union([z.literal(1), z.literal(2)]).exactOptional(),
  }),
]);
