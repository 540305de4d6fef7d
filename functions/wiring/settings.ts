import * as z from 'zod';
import { ApprovalSettings, DeadlineSettings, LoginSettings, TimeZone } from '../../modules/lifecycle/settings.ts';
import { Trust } from '../../modules/net/trust.ts';
import { OutboundSettings } from '../../modules/notices/settings.ts';
import { knowsLedgerEnd, SentinelSettings } from '../../modules/sentinel/settings.ts';
import { Connections } from '../../modules/tickets/settings.ts';

const EngineSettings = z.strictObject({
  /** Instead of the address that List Engines tells. */
  host: z.string().optional(),
  /** Of the Web API; the `port` of List Engines is another. */
  port: z.int().min(1).max(65_535).optional(),
  trust: Trust.optional(),
  answerBytes: z.int().min(1).optional(),
});

/** Whose rights the List Engines API is asked with. What a tenant's authorization server wants is not documented. */
const PortalAuth = z.discriminatedUnion('mode', [
  /** The Operator's login, which is checked thereby. */
  z.strictObject({ mode: z.literal('basic') }),
  /** A client of the cloud tenant's (grant `client_credentials`); its secret lies in Secrets Manager. */
  z.strictObject({
    mode: z.literal('oauth'),
    tokenUrl: z.url({ protocol: /^https$/ }),
    clientId: z.string().min(1),
    /** Id of the secret `{clientSecret}`; its name starts with the stage and `/portal-api`. */
    secretId: z.string().min(1),
    scope: z.string().optional(),
  }),
]);

/** The system's own account at Nexthink, for Callers without a person. */
const ServiceAccount = z.strictObject({
  /** Id of the secret `{username, password}`; its name starts with the stage and `/service-account`. */
  secretId: z.string().min(1),
});

/** Whether a schedule asks missing sources again, until the archive expires. */
const RerunSettings = z.strictObject({
  /** `people`: only who asks for it. */
  by: z.enum(['people', 'service-account']).default('people'),
  /** Wait after the first attempt; doubled after each further one, up to the longest. */
  firstMinutes: z.int().min(0).max(10_080).default(60),
  longestMinutes: z.int().min(0).max(10_080).default(1440),
});

/** Who vouches for the ends of audit trails; nobody when absent. */
const AuditSettings = z.strictObject({
  /** A time-stamping authority (RFC 3161). */
  witness: z.strictObject({ url: z.url({ protocol: /^https$/ }), trust: Trust.default({ mode: 'ca' }) }).optional(),
});

/** How an Engine without the licence for its Web API answers, which is not documented. */
const LicenceMarker = z.strictObject({
  statuses: z.array(z.int().min(300).max(599)).default([402, 403, 404, 501, 503]),
  words: z.array(z.string().min(1)).default(['license', 'licence']),
});

const Answer = z.string().min(1).max(4000).exactOptional();

/** Answers to GDPR Art. 15(1) and (2), in the words of the company. */
export const InformationSheet = z.strictObject({
  controller: Answer,
  contact: Answer,
  dataProtectionOfficer: Answer,
  purposes: Answer,
  legalBasis: Answer,
  recipients: Answer,
  transfers: Answer,
  retention: Answer,
  source: Answer,
  automatedDecisions: Answer,
  rights: Answer,
  supervisoryAuthority: Answer,
});

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as HH:MM');

/** How an anonymization goes about the Portal database. */
const PortalPolicy = z.strictObject({
  /** A name in comments, definitions, partition bounds or names of objects: end the run, or go on and certify it as kept. */
  unreachable: z.enum(['refuse', 'retain']).default('retain'),
  /** How it is made sure that no other row changed: each compared by hash, or all counted. */
  controls: z.enum(['full', 'totals']).default('full'),
  /** `plain` leaves bytes of old rows until they are written over; `full` writes each changed table anew, locked meanwhile. */
  vacuum: z.enum(['plain', 'full']).default('plain'),
  /** Archives that were retrieved about a name before it is anonymized. */
  ownArchives: z.enum(['delete', 'retain']).default('delete'),
  /** Longest wait for a lock, and longest statement, seconds. */
  lockSeconds: z.int().min(1).max(600).default(30),
  statementSeconds: z.int().min(1).max(840).default(600),
});

/** How long others keep what an anonymization cannot reach, days; a certificate says so. Absent: not told. */
const Retention = z.strictObject({
  engineDays: z.int().min(1).max(3650).optional(),
  backupDays: z.int().min(1).max(3650).optional(),
  walDays: z.int().min(1).max(3650).optional(),
  historyFilesDays: z.int().min(1).max(3650).optional(),
});

/** How much one Caller may ask. */
const CallerLimits = z.strictObject({
  callsPerMinute: z.int().min(1).max(100_000).default(60),
  unfinishedRequests: z.int().min(1).max(10_000).default(50),
});

const Fields = z.strictObject({
  portalApi: z.strictObject({
    url: z.url(),
    trust: Trust.default({ mode: 'ca' }),
    auth: PortalAuth.default({ mode: 'basic' }),
  }),
  serviceAccount: ServiceAccount.optional(),
  reruns: RerunSettings.prefault({}),
  audit: AuditSettings.prefault({}),
  portal: PortalPolicy.prefault({}),
  approval: ApprovalSettings.prefault({}),
  login: LoginSettings.prefault({}),
  deadline: DeadlineSettings.prefault({}),
  retention: Retention.prefault({}),
  sentinel: SentinelSettings.prefault({}),
  callerLimits: CallerLimits.prefault({}),
  outbound: OutboundSettings.prefault({}),
  connections: Connections.default({}),
  /** Address of the console, for links in comments on tickets. */
  consoleUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Names of the federated Engines; when absent, every Engine that List Engines returns (R5). */
  federation: z.array(z.string()).optional(),
  /** What counts for Engines without an entry of their own. */
  engineDefaults: z
    .strictObject({
      port: z.int().min(1).max(65_535).default(1671),
      trust: Trust.default({ mode: 'ca' }),
      /** Longest answer to one query, bytes. */
      answerBytes: z
        .int()
        .min(1)
        .default(1024 ** 3),
      /** Longest silence within an answer, seconds. */
      idleSeconds: z.int().min(1).max(600).default(60),
    })
    .prefault({}),
  /** By the Engine's name. */
  engines: z.record(z.string(), EngineSettings).default({}),
  noLicence: LicenceMarker.prefault({}),
  /** Lets Portal and Engines be on this machine: for one machine alone, where they are simulated. */
  allowLoopback: z.boolean().default(false),
  /** How far back to ask, days. Source: docs/nxql.md */
  daysBack: z.int().min(1).max(3650).default(400),
  /** Rows asked for at once. Source: docs/nxql.md */
  rowLimit: z.int().min(1).max(1_000_000).default(10_000),
  /** Answers from so many rows on are checked for a cut that the Engine did not tell of. */
  confirmRows: z.int().min(1).default(50),
  /** Puts `'` before cells that a spreadsheet would take for a formula. */
  neutralizeFormulas: z.boolean().default(true),
  /** What becomes of other people's names in an archive, when a request does not say. */
  coUsers: z.enum(['keep', 'mask']).default('keep'),
  /** Zone of the Portal's appliance, which its nightly jobs follow. */
  portalTimeZone: TimeZone.default('UTC'),
  /** When no anonymization starts. Default: backup of the Portal, computation of the metrics. Source: docs/nexthink-portal.md */
  nightlyJobs: z.array(z.strictObject({ from: TimeOfDay, to: TimeOfDay })).default([
    { from: '22:15', to: '23:15' },
    { from: '01:00', to: '03:45' },
  ]),
  /** `required`: an anonymization needs the plan hash of a preview. */
  preview: z.enum(['optional', 'required']).default('optional'),
  /** `attested` when the operator vouches that the accounts in use see every device and user (R12). */
  accountScope: z.enum(['attested', 'unverified']).default('unverified'),
  /** Put before `.tar.gz` in the name of an archive that misses something, such as `-partial`. */
  partialSuffix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,32}$/, 'letters, digits, _ and - only')
    .default(''),
  /** What the law asks to be told beside the data (GDPR Art. 15(1)); blanks are shown as blanks. */
  informationSheet: InformationSheet.default({}),
});
/** `settings/settings.json` in the bucket: what an operator sets without deploying. */
export const Settings = Fields.refine(knowsLedgerEnd, {
  path: ['sentinel', 'enabled'],
  error: 'needs retention.engineDays and retention.backupDays',
});
export type Settings = z.infer<typeof Settings>;

/** A secret of the Portal database: one for each role. With `ca` (PEM) TLS is checked against it. */
export const PortalSecret = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  ca: z.string().optional(),
});

/** Secret of the client that asks a cloud tenant's List Engines API. */
export const ClientSecret = z.object({ clientSecret: z.string().min(1) });
