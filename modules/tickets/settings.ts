import * as z from 'zod';
import { type ReadonlyDeep, SettingsId } from '../common/shapes.ts';
import { Peer } from '../net/trust.ts';
import { Recipients } from '../requests/caller.ts';
import { Source } from '../requests/source.ts';
import { SubjectKind, WorkKind } from '../requests/subject.ts';
import { VENDORS, type VendorKind } from '../ticket-systems/vendors.ts';

const Ids = z.array(z.string().min(1)).default([]);

const choice = <T extends z.ZodEnum>(ours: T) =>
  z.union([ours, z.strictObject({ field: z.string().min(1), values: z.record(z.string(), ours) })]);

const TicketMapping = z.strictObject({
  name: z.string().min(1),
  subjectKind: choice(SubjectKind).default('user'),
  kind: choice(WorkKind).default('retrieve'),
  sources: z.array(Source).min(1).default(['engine', 'portal']),
});
export type TicketMapping = ReadonlyDeep<z.infer<typeof TicketMapping>>;

/** How tickets become Requests; a connection without it only receives comments. */
const Intake = z.strictObject({
  /** Id of the secret of its webhooks; its name starts with the stage and `/ticket-webhooks`. */
  secretId: z.string().min(1),
  /** `standard`: Standard Webhooks instead of the vendor's own signature. */
  signedBy: z.enum(['vendor', 'standard']).default('vendor'),
  /** Projects or groups whose tickets count. */
  queues: z.array(z.string().min(1)).min(1),
  approvers: z
    .strictObject({ users: Ids, groups: Ids })
    .refine(({ users, groups }) => users.length + groups.length > 0, 'names nobody'),
  mapping: TicketMapping,
  /** `later`: the Request waits for an operator's login. */
  login: z.enum(['service-account', 'later']).default('later'),
  /** `allowed`: the ticket's approver also approves the anonymization. */
  anonymize: z.enum(['refused', 'allowed']).default('refused'),
  /** Ids of callers who may fetch the archives. */
  recipients: Recipients,
});
export type Intake = ReadonlyDeep<z.infer<typeof Intake>>;

const Connection = z.strictObject({
  kind: z.enum(Object.keys(VENDORS) as VendorKind[]),
  /** Its origin, such as `https://company.atlassian.net`; the secret is `{username, password}`, below `/tickets`. */
  api: Peer,
  intake: Intake.optional(),
});
/** One ticketing system. Only the vendor's folder (`modules/ticket-systems/<vendor>/`) reads its own settings. */
export type Connection = z.infer<typeof Connection>;

const vendorsOwn = (kind: VendorKind): typeof Connection => {
  const { connection, intake } = VENDORS[kind];
  return Connection.extend({ kind: z.literal(kind), ...connection, intake: Intake.extend(intake).optional() }) as never;
};
const [first, ...others] = Connection.shape.kind.options.map(vendorsOwn);

/** Ticketing systems by the id in the address of their webhooks. */
export const Connections = z.record(SettingsId, z.discriminatedUnion('kind', [first!, ...others]));

export const TicketApiSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });
