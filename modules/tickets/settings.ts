import * as z from 'zod';
import { Trust } from '../net/trust-settings.ts';
import { Recipients } from '../requests/recipients.ts';

/** The API of a ticketing system. */
const TicketApi = z.strictObject({
  /** Its origin, such as `https://company.atlassian.net`. */
  url: z.url({ protocol: /^https?$/ }),
  trust: Trust.default({ mode: 'ca' }),
  /** Id of the secret `{username, password}` for HTTP Basic; its name starts with the stage and `/tickets`. */
  secretId: z.string().min(1),
});

const Ids = z.array(z.string().min(1)).default([]);

/** The same for every ticket, or by a field's value as the ticket shows it. */
const choice = <const T extends readonly string[]>(ours: T) =>
  z.union([z.enum(ours), z.strictObject({ field: z.string().min(1), values: z.record(z.string(), z.enum(ours)) })]);

/** What makes Requests of its tickets; a connection without it is only told what becomes of Requests. */
const Intake = z.strictObject({
  /** Id of the secret of its webhooks; its name starts with the stage and `/ticket-webhooks`. */
  secretId: z.string().min(1),
  /** `standard`: by Standard Webhooks, instead of the vendor's own way. ServiceNow always does. */
  signedBy: z.enum(['vendor', 'standard']).default('vendor'),
  /** Projects or groups whose tickets count. */
  queues: z.array(z.string().min(1)).min(1),
  /** Who may approve. */
  approvers: z
    .strictObject({ users: Ids, groups: Ids })
    .refine(({ users, groups }) => users.length + groups.length > 0, 'names nobody'),
  mapping: z.strictObject({
    /** The field that holds the name. */
    name: z.string().min(1),
    subjectKind: choice(['user', 'device']).default('user'),
    kind: choice(['retrieve', 'anonymize']).default('retrieve'),
    sources: z
      .array(z.enum(['engine', 'portal']))
      .min(1)
      .default(['engine', 'portal']),
  }),
  /** `later`: the Request waits for an operator's login. */
  login: z.enum(['service-account', 'later']).default('later'),
  /** `allowed`: who approves the ticket approves the anonymization. */
  anonymize: z.enum(['refused', 'allowed']).default('refused'),
  /** Who may fetch the archives. */
  recipients: Recipients,
});
const JiraIntake = Intake.extend({ approvedStatus: z.string().min(1) });
const ZendeskIntake = Intake.extend({
  approved: z.strictObject({ field: z.string().regex(/^\d+$/, 'the id of a custom field'), value: z.string().min(1) }),
});

/** One ticketing system. */
const Connection = z.discriminatedUnion('kind', [
  /** `serviceDesk`: false for a project that is no service desk, where all who see an issue see its comments. */
  z.strictObject({
    kind: z.literal('jira'),
    api: TicketApi,
    serviceDesk: z.boolean().default(true),
    intake: JiraIntake.optional(),
  }),
  z.strictObject({ kind: z.literal('zendesk'), api: TicketApi, intake: ZendeskIntake.optional() }),
  z.strictObject({ kind: z.literal('freshservice'), api: TicketApi, intake: Intake.optional() }),
  z.strictObject({
    kind: z.literal('servicenow'),
    api: TicketApi,
    /** Table of the tickets, such as `sc_req_item`. */
    table: z.string().regex(/^[a-z0-9_]{1,80}$/, 'the name of a table'),
    intake: Intake.optional(),
  }),
]);
export type Connection = z.infer<typeof Connection>;

/** Ticketing systems by the id that stands in their webhooks' address. */
export const Connections = z.record(
  z.string().regex(/^[a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens only'),
  Connection,
);

/** An account of a ticketing system's API. */
export const TicketApiSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** In documentations of vendors, and of Standard Webhooks: everybody knows them. Source: docs/tickets.md 3. */
const PRINTED = [
  "It's a Secret to Everybody",
  'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==',
  'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=',
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
];
const WHSEC = /^whsec_/;

const WebhookSecret = z
  .string()
  .min(16, 'is too short')
  .refine((secret) => !PRINTED.includes(secret.replace(WHSEC, '')), 'is known to everybody');

/** Base64, of which `whsec_` tells. Source: Standard Webhooks 1.0.0. */
const StandardSecret = WebhookSecret.refine((secret) => {
  const key = secret.replace(WHSEC, '');
  const bytes = Buffer.from(key, 'base64').length;
  return z.base64().safeParse(key).success && bytes >= 24 && bytes <= 64;
}, 'is not base64 of 24 to 64 bytes');

/** One, or two while the sender changes from one to the other. */
const oneOrTwo = (secret: z.ZodType<string>) => z.object({ secrets: z.array(secret).min(1).max(2) });

/** Secret of a connection's webhooks, by how they are signed. */
export const TicketWebhookSecret = { vendor: oneOrTwo(WebhookSecret), standard: oneOrTwo(StandardSecret) };
