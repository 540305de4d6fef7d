import * as z from 'zod';
import type { PreviewBody, StartRequestBody } from '../../core/model.ts';

/** Event of a Task that needs nothing but the Request. */
export const TaskEvent = z.strictObject({ requestId: z.uuid(), attempt: z.int().min(1) });

export const LoginBody = z.strictObject({
  username: z.string().min(1, 'must not be empty').max(256),
  password: z.string().min(1, 'must not be empty').max(1024),
});

/** R1: one of the two; the name itself is judged in core/nxql.ts. */
const SubjectBody = z.strictObject({ kind: z.enum(['user', 'device']), name: z.string() });

/** The Caller's own name for a request in lists; must not be personal, hence so narrow. */
export const Reference = z
  .string()
  .regex(/^[A-Za-z0-9._:#/-]{1,64}$/, 'letters, digits and . _ : # / - only, 64 at most');

/** Ids of further Callers to whom the archive is delivered: `sub` of a person's token, `iam:` and the id of a role. */
const Recipients = z
  .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, '1 to 128 characters of ASCII, no space'))
  .min(1)
  .max(10);

const common = {
  subject: SubjectBody,
  login: LoginBody,
  reference: Reference.exactOptional(),
  recipients: Recipients.exactOptional(),
};

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
      .refine((sources) => new Set(sources).size === sources.length, 'names a source twice'),
    coUsers: z.enum(['keep', 'mask']).exactOptional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('anonymize'),
    irreversible: z.literal(true, 'must be true: an anonymization cannot be undone'),
    planHash: z
      .string()
      .regex(/^[\w-]{22}\.[\w-]{43}$/, 'must be the planHash of POST /v1/preview')
      .exactOptional(),
    ...common,
  }),
]);
