import { SettingsError } from '../common/errors.ts';
import type { RetentionDays } from '../proof/settings.ts';
import type { Subject, SubjectKind } from '../requests/subject.ts';
import type { SentinelPolicy } from './settings.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One name of the suppression ledger: its keyed hash, and nothing else from which it could be found again (R15). */
export interface LedgerItem {
  readonly mac: string;
  readonly kind: SubjectKind;
  /** The first Request that anonymized the name. */
  readonly requestId: string;
  /** The key of KMS that the hash was made with. */
  readonly generation: string;
  /** When the name was anonymized last. ISO 8601 UTC, like all times. */
  readonly since: string;
  readonly expiresAt: string;
  /** How many scans there were since then. */
  readonly scans: number;
  readonly nextScanAt: string;
}

/** The suppression ledger (DynamoDB `sealed`: no backup). */
export interface SuppressionLedger {
  /** Enters a name, or starts its scans and its time anew; the Request that was first stays. */
  enter(item: Omit<LedgerItem, 'scans'>): Promise<void>;
  /** All that is stored, expired or not. */
  list(): Promise<LedgerItem[]>;
  /** Takes the next scan of a name up, for as long as it may take; then others may. @returns false when another has */
  takeUp(item: LedgerItem, until: Date): Promise<boolean>;
  /** Ends the scan that was taken up; harmless when the name was entered anew meanwhile. */
  settle(item: LedgerItem, nextScanAt: Date): Promise<void>;
  /** Harmless when the name was entered anew meanwhile. */
  remove(item: LedgerItem): Promise<void>;
}

/** Until when a name may come back: from an Engine or a backup. @throws {SettingsError} nobody has told how long they keep it */
export function ledgerEnd(now: Date, { engineDays, backupDays }: RetentionDays, { marginDays }: SentinelPolicy): Date {
  if (engineDays === undefined || backupDays === undefined) {
    throw new SettingsError('settings.json', 'sentinel.enabled needs retention.engineDays and retention.backupDays');
  }
  return new Date(now.getTime() + (Math.max(engineDays, backupDays) + marginDays) * DAY_MS);
}

/**
 * When a name is looked for next.
 * @param scans how many scans there were
 * @param now the time of the last one; of the anonymization, when there was none
 */
export function nextScan(since: Date, scans: number, now: Date, { scanHours, everyHours }: SentinelPolicy): Date {
  const hours = scanHours[scans];
  if (hours === undefined) return new Date(now.getTime() + everyHours * HOUR_MS);
  return new Date(Math.max(since.getTime() + hours * HOUR_MS, now.getTime()));
}

const QUALIFIERS: Readonly<Record<SubjectKind, readonly RegExp[]>> = {
  user: [/^.*\\/s, /@.*$/s],
  device: [/^.*\\/s, /(?<=^[^\s.]+)\.\S+$/],
};

/** A name as an anonymization takes it: without domain, however a column of the Portal spells it. */
export const bareSubject = ({ kind, name }: Subject): Subject => ({
  kind,
  name: QUALIFIERS[kind].reduce((left, qualifier) => left.replace(qualifier, ''), name),
});
