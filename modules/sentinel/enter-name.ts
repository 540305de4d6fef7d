import type { Log } from '../common/ports.ts';
import type { RetentionDays } from '../proof/settings.ts';
import type { Certificate, RequestRecord } from '../requests/record.ts';
import type { Subjects } from '../requests/subjects/subject-index.ts';
import { ledgerEnd, nextScan, type SuppressionLedger } from './rules.ts';
import type { SentinelPolicy } from './settings.ts';

/** What entering a name into the suppression ledger needs. */
export interface SentinelEntryPorts {
  readonly ledger: SuppressionLedger;
  /** The KMS key that hashes of names are made with at present. */
  readonly generation: string;
}

/**
 * Enters the name that a Request has anonymized, by its stored hash: the name itself is not needed. A repeat is harmless.
 * @returns what the certificate says about it
 */
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
  await ledger.enter({
    mac,
    kind: subjectKind,
    requestId,
    generation,
    expiresAt,
    nextScanAt,
    since: now.toISOString(),
  });
  return { enabled: true, until: expiresAt };
}
