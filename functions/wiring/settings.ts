import * as z from 'zod';
import { InformationSheet } from '../../modules/archive/settings.ts';
import {
  AccountSettings,
  EngineDefaults,
  EngineSettings,
  LicenceMarker,
  PortalApiSettings,
} from '../../modules/engines/settings.ts';
import {
  ApprovalSettings,
  DeadlineSettings,
  LoginSettings,
  PreviewRule,
  RemovalSettings,
  TimeZone,
} from '../../modules/lifecycle/settings.ts';
import { OutboundSettings } from '../../modules/notices/settings.ts';
import { NightlyJob, PortalPolicy } from '../../modules/portal/settings.ts';
import { AuditSettings, RetentionDays } from '../../modules/proof/settings.ts';
import { AccountScope, Source } from '../../modules/requests/source.ts';
import { CoUsers } from '../../modules/requests/subject.ts';
import { RerunPolicy } from '../../modules/schedules/settings.ts';
import { SentinelPolicy } from '../../modules/sentinel/settings.ts';
import { Connections } from '../../modules/tickets/settings.ts';
import { CallerLimits } from '../http/caller-limits.ts';

/** The system's own account at Nexthink, for Callers without a person. */
const ServiceAccount = z.strictObject({
  /** Id of the secret `{username, password}`; its name starts with the stage and `/service-account`. */
  secretId: z.string().min(1),
  /** The doctor does not try a refused account again for this time, unless its secret changes: accounts lock. */
  retryMinutes: z.int().min(1).max(10_080).default(60),
});

/** `settings/settings.json` in the bucket: what an operator sets without deploying. */
export const SettingsDocument = z.strictObject({
  /** Without it the Engines are those of `engines` that have a `host`. */
  portalApi: PortalApiSettings.optional(),
  serviceAccount: ServiceAccount.optional(),
  account: AccountSettings.prefault({}),
  reruns: RerunPolicy.prefault({}),
  audit: AuditSettings.prefault({}),
  portal: PortalPolicy.prefault({}),
  approval: ApprovalSettings.prefault({}),
  login: LoginSettings.prefault({}),
  deadline: DeadlineSettings.prefault({}),
  removal: RemovalSettings.prefault({}),
  retention: RetentionDays.prefault({}),
  sentinel: SentinelPolicy.prefault({}),
  callerLimits: CallerLimits.prefault({}),
  outbound: OutboundSettings.prefault({}),
  connections: Connections.default({}),
  /** Address of the console, for links in comments on tickets. */
  consoleUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Names of the federated Engines; when absent, every Engine that List Engines returns (R5). */
  federation: z.array(z.string()).optional(),
  /** For Engines without an entry in `engines`. */
  engineDefaults: EngineDefaults.prefault({}),
  /** By the Engine's name. */
  engines: z.record(z.string(), EngineSettings).default({}),
  noLicence: LicenceMarker.prefault({}),
  /** Sources that are simulated, on a single machine: archives say so. */
  simulated: z.array(Source).default([]),
  /** Allows loopback addresses of Portal and Engines: only for a single machine, where they are simulated. */
  allowLoopback: z.boolean().default(false),
  /** Number of days that are queried. Source: docs/nxql.md */
  daysBack: z.int().min(1).max(3650).default(400),
  /** Maximum rows of one query. Source: docs/nxql.md */
  rowLimit: z.int().min(1).max(1_000_000).default(10_000),
  /** Answers with at least this many rows are checked for truncation. */
  confirmRows: z.int().min(1).default(50),
  /** Puts `'` before cells that a spreadsheet would take for a formula. */
  neutralizeFormulas: z.boolean().default(true),
  /** How other people's names in an archive are treated when a request does not say. */
  coUsers: CoUsers.default('keep'),
  /** Zone of the Portal's appliance, which its nightly jobs follow. */
  portalTimeZone: TimeZone.default('UTC'),
  /** When no anonymization starts. Default: backup of the Portal, computation of the metrics. Source: docs/nexthink-portal.md */
  nightlyJobs: z.array(NightlyJob).default([
    { from: '22:15', to: '23:15' },
    { from: '01:00', to: '03:45' },
  ]),
  /** `required`: an anonymization needs the plan hash of a preview. */
  preview: PreviewRule.default('optional'),
  /** `attested` when the operator confirms that the accounts in use see every device and user (R12). */
  accountScope: AccountScope.default('unverified'),
  /** Language of README.txt and index.html: one that has a file in modules/archive/contents/texts/, else English is used. */
  archiveLanguage: z
    .string()
    .regex(/^[a-z]{2,3}$/, 'a language code such as en or de')
    .default('en'),
  /** Information that GDPR Art. 15(1) requires beside the data; empty fields are shown as empty. */
  informationSheet: InformationSheet.default({}),
});

const knowsLedgerEnd = ({ sentinel, retention: { engineDays, backupDays } }: z.infer<typeof SettingsDocument>) =>
  !sentinel.enabled || (engineDays !== undefined && backupDays !== undefined);
const knowsEngines = ({ portalApi, engines }: z.infer<typeof SettingsDocument>) =>
  portalApi !== undefined || Object.values(engines).some(({ host }) => host !== undefined);
export const Settings = SettingsDocument.refine(knowsLedgerEnd, {
  path: ['sentinel', 'enabled'],
  error: 'needs retention.engineDays and retention.backupDays',
}).refine(knowsEngines, { path: ['portalApi'], error: 'is missing, and no Engine has a host in its place' });
export type Settings = z.infer<typeof Settings>;
