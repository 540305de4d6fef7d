import { daysAfter } from '../common/day-window.ts';
import { SettingsError } from '../common/errors.ts';
import type { Log } from '../common/ports.ts';
import type { RetentionDays } from '../proof/settings.ts';
import type { Certificate, RequestRecord } from '../requests/record.ts';
import type { Subject, SubjectKind } from '../requests/subject.ts';
import { halvesOf } from '../requests/subjects/account-name.ts';
import type { Subjects } from '../requests/subjects/subject-index.ts';
import type { SentinelPolicy } from './settings.ts';

const HOUR_MS = 3_600_000;

/** One name of the suppression ledger, as a keyed hash; the name cannot be found from it (R15). */
export interface LedgerItem {
  readonly mac: string;
  readonly kind: SubjectKind;
  /** The first Request that anonymized the name. */
  readonly requestId: string;
  /** The KMS key that the hash was made with. */
  readonly generation: string;
  /** When the name was anonymized last. ISO 8601 UTC, like all times. */
  readonly since: string;
  readonly expiresAt: string;
  readonly scans: number;
  readonly nextScanAt: string;
}

/** The suppression ledger (DynamoDB `sealed`: no backup). */
export interface SuppressionLedger {
  /** Enters a name, or restarts its scans and its expiry; the first Request stays. */
  enter(item: Omit<LedgerItem, 'scans'>): Promise<void>;
  list(): Promise<LedgerItem[]>;
  /** Claims the next scan of a name for as long as it may take. @returns false when another worker has claimed it */
  claim(item: LedgerItem, until: Date): Promise<boolean>;
  /** Ends a claimed scan; has no effect when the name was entered again meanwhile. */
  settle(item: LedgerItem, nextScanAt: Date): Promise<void>;
  /** Removes a name; has no effect when it was entered again meanwhile. */
  remove(item: LedgerItem): Promise<void>;
}

/** Until when a name may come back from an Engine or a backup. @throws {SettingsError} their retention is not configured */
export function ledgerEnd(now: Date, { engineDays, backupDays }: RetentionDays, { marginDays }: SentinelPolicy): Date {
  if (engineDays === undefined || backupDays === undefined)
    throw new SettingsError('settings.json', 'sentinel.enabled needs retention.engineDays and retention.backupDays');
  return daysAfter(now, Math.max(engineDays, backupDays) + marginDays);
}

/** When a name is searched next. @param scans so far @param now of the last scan, or of the anonymization */
export function nextScan(since: Date, scans: number, now: Date, { scanHours, everyHours }: SentinelPolicy): Date {
  const hours = scanHours[scans];
  if (hours === undefined) return new Date(now.getTime() + everyHours * HOUR_MS);
  return new Date(Math.max(since.getTime() + hours * HOUR_MS, now.getTime()));
}

/** A name without the domain that some columns of the Portal add. */
export const bareSubject = ({ kind, name }: Subject): Subject => ({ kind, name: halvesOf({ kind, name }).login });

export interface SentinelEntryPorts {
  readonly ledger: SuppressionLedger;
  /** The KMS key that hashes of names are made with at present. */
  readonly generation: string;
}

/** Enters the name that a Request has anonymized, by its stored hash. @returns what the certificate says about it */
export async function enterLedger(
  { requestId, subjectKind }: RequestRecord,
  now: Date,
  { sentinel, retention }: { readonly sentinel: SentinelPolicy; readonly retention: RetentionDays },
  { subjects, log, ledger, generation }: SentinelEntryPorts & { readonly subjects: Subjects; readonly log: Log },
): Promise<NonNullable<Certificate['sentinel']>> {
  if (!sentinel.enabled) return { enabled: false };
  const mac = await subjects.macOf(requestId);
  if (mac === undefined) {
    log.warn('no sentinel', { requestId }); // its hash has expired while it waited
    return { enabled: false };
  }
  const expiresAt = ledgerEnd(now, retention, sentinel).toISOString();
  const nextScanAt = nextScan(now, 0, now, sentinel).toISOString();
  const since = now.toISOString();
  await ledger.enter({ mac, kind: subjectKind, requestId, generation, expiresAt, nextScanAt, since });
  return { enabled: true, until: expiresAt };
}
