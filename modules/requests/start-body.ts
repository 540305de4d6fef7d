import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { Recipients } from './caller.ts';
import { Source } from './source.ts';
import { CoUsers, Mentions, NamedSubject, Subject } from './subject.ts';

/** The Nexthink account of the Operator, Data privacy "none (full access)" (R4). Travels sealed. */
export const Login = z.strictObject({
  username: z.string().min(1, 'must not be empty').max(256),
  password: z.string().min(1, 'must not be empty').max(1024),
});
export type Login = Readonly<z.infer<typeof Login>>;

/** The login for a run: an account, or `service-account` for the system's own account (only for machines). */
export const GivenLogin = z.union([Login, z.literal('service-account')], {
  error: 'must hold username and password, neither of them empty; machines may write "service-account" instead',
});
export type GivenLogin = Readonly<z.infer<typeof GivenLogin>>;

/** Body of `POST /v1/requests/{requestId}/login` and `/rerun`. */
export const GivenLoginBody = z.strictObject({ login: GivenLogin });

export const LoginOnlyBody = z.strictObject({ login: Login });

/** The Caller's own name for a case: requests with the same one have one deadline. It must not be personal, so few characters are allowed. */
export const Reference = z
  .string()
  .regex(/^[A-Za-z0-9._:#/-]{1,64}$/, 'letters, digits and . _ : # / - only, 64 at most');

/** Identifies a preview. Its findings must be unchanged when the anonymization starts. */
const PlanHash = z.string().regex(/^[\w-]{22}\.[\w-]{43}$/, 'must be the planHash of POST /v1/preview');

const both = {
  login: GivenLogin.exactOptional(),
  reference: Reference.exactOptional(),
  recipients: Recipients.exactOptional(),
  note: z
    .string()
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u, 'one line of 200 characters at most')
    .exactOptional()
    .describe('For the operators; it must name nobody'),
  receivedAt: z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a day or an instant, such as 2026-11-23')
    .exactOptional()
    .describe('When the person asked: the deadline counts from that day. Default: that of the case, else now'),
};

const change = { subject: Subject, planHash: PlanHash.exactOptional(), mentions: Mentions.exactOptional(), ...both };

/** Body of `POST /v1/requests` (R1, R2, R13). Without a login, if the settings allow it, the Request waits for one. */
export const StartRequestBody = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('retrieve'),
    subject: Subject,
    sources: z
      .array(Source)
      .min(1, 'tick Engine data, Portal data, or both')
      .refine((sources) => new Set(sources).size === sources.length, 'names a source twice')
      .meta({ uniqueItems: true }),
    coUsers: CoUsers.exactOptional(),
    ...both,
  }),
  z.strictObject({
    kind: z.literal('anonymize'),
    irreversible: z.literal(true, 'must be true: an anonymization cannot be undone'),
    ...change,
  }),
  z.strictObject({ kind: z.literal('rehearse'), ...change }),
  z.strictObject({ kind: z.literal('remove'), subject: NamedSubject.extend({ kind: z.literal('device') }), ...both }),
]);
export type StartRequestBody = ReadonlyDeep<z.infer<typeof StartRequestBody>>;

/** Body of `POST /v1/requests/{requestId}/approve`; the plan hash is needed for an anonymization. */
export const ApproveBody = z.strictObject({ planHash: PlanHash.exactOptional() });
