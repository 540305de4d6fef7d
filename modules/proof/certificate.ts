import { canonicalJson } from '../common/canonical-json.ts';
import { daysAfter } from '../common/day-window.ts';
import type { Clock } from '../common/ports.ts';
import { TOOL_VERSION } from '../common/version.ts';
import {
  type Certificate,
  type Receipt,
  type RequestRecord,
  type Retained,
  rowsChanged,
  type SignedCertificate,
} from '../requests/record.ts';
import type { RetentionDays } from './settings.ts';

export interface CertificatePorts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly signer: Signer;
  /** Fingerprint of the schema that the mapping was approved for. */
  readonly schemaFingerprint: () => Promise<string | undefined>;
}

/** Creates and signs the proof of a completed Request. @throws {SigningUnavailableError} */
export async function issueCertificate(
  record: RequestRecord,
  facts: Pick<CertificateFacts, 'retention' | 'ownArchives' | 'sentinel' | 'further'>,
  { clock, newId, signer, schemaFingerprint }: CertificatePorts,
): Promise<SignedCertificate> {
  const drawn = { certId: newId(), now: clock.now(), schemaFingerprint: await schemaFingerprint() };
  return signCertificate(certify(record, { ...facts, ...drawn }), signer);
}

/** Facts in a certificate that do not come from the Request. */
interface CertificateFacts {
  readonly certId: string;
  readonly now: Date;
  readonly retention: RetentionDays;
  readonly schemaFingerprint?: string | undefined;
  /** Expiry of each archive about the same Subject that still exists; `null`: not known yet. */
  readonly ownArchives?: readonly (string | null)[];
  readonly sentinel?: Certificate['sentinel'];
  /** Other stores that hold the name, as other rooms have measured them. */
  readonly further?: readonly Retained[];
}

const LIMIT =
  ' The verification of this version can be run again to check this; this document does not show it by itself.';

/** What the certificate claims: no more than was measured. Integrity, issuer and time can be checked offline. */
const STATEMENTS: Readonly<Record<NonNullable<Certificate['outcome']>, string>> = {
  replaced:
    'The identifier was replaced by a random one. A search afterwards, by another role, found no occurrence of it in the ' +
    `searched scope of the Portal database. What may still hold it is listed.${LIMIT}`,
  'replaced-except-mentions':
    'The identifier was replaced by a random one wherever it stands for the subject. The same word remains where it ' +
    `belongs to others, and is counted by place. What may still hold it is listed.${LIMIT}`,
  'nothing-found':
    "The searched scope of the Portal database held nothing under the identifier that is the subject's, so nothing was " +
    `replaced. Check how it is written: this document says nothing about other spellings.${LIMIT}`,
};

/** How an anonymization ended, as measured (R27). */
function outcomeOf({ mentions = {}, ...receipt }: Receipt): NonNullable<Certificate['outcome']> {
  if (rowsChanged(receipt) === 0) return 'nothing-found';
  return Object.values(mentions).some((count) => count > 0) ? 'replaced-except-mentions' : 'replaced';
}

const OFF = { enabled: false };

/** The proof of a completed anonymization: counts, times and hashes, no personal data. */
export function certify(
  record: RequestRecord,
  { certId, now, retention, schemaFingerprint, ownArchives = [], sentinel = OFF, further = [] }: CertificateFacts,
): Certificate {
  const receipt = record.receipt!;
  const { mentions, lookalikes, writtenByTriggers, commitmentVersion: version } = receipt;
  const outcome = outcomeOf(receipt);
  const nothing = { tables: 0, columns: 0 };
  return {
    certId,
    requestId: record.requestId,
    ...(record.reference !== undefined && { reference: record.reference }),
    kind: record.subjectKind,
    action: 'anonymize-portal',
    outcome,
    statement: STATEMENTS[outcome],
    ...(record.planDigest !== undefined && { planHash: record.planDigest }),
    ...(schemaFingerprint !== undefined && { schemaFingerprint }),
    toolVersion: TOOL_VERSION,
    startedAt: record.createdAt,
    finishedAt: now.toISOString(),
    ...(record.approvedBy !== undefined && { approverRole: 'second-person' as const }),
    accountPrivacy: record.accountPrivacy,
    changed: {
      rows: rowsChanged(receipt),
      tables: Object.values(receipt.rowsByTable).filter((changed) => changed > 0).length,
      ...(writtenByTriggers && { writtenByTriggers: rowsChanged({ rowsByTable: writtenByTriggers }) }),
    },
    searchedBefore: receipt.scanned ?? nothing,
    searchedAfter: { ...(receipt.verified ?? nothing), hits: receipt.residue ?? 0 },
    ...(mentions && { mentions }),
    ...(lookalikes && { lookalikes }),
    controls: { rowTotalsEqual: true, bystandersUnchanged: receipt.controls === 'full' },
    retained: [...retainedAfter(receipt, now, retention), ...ownArchives.map(ownArchive), ...further],
    sentinel,
    subjectCommitment: receipt.commitment ?? '',
    ...(version && { version }),
  };
}

/** Stores that still hold the name, and until when (R17). */
function retainedAfter(receipt: Receipt, now: Date, days: RetentionDays): Retained[] {
  const until = (count: number | undefined) =>
    count === undefined ? null : daysAfter(now, count).toISOString().slice(0, 10);
  const store = (name: string, why: string, count?: number): Retained => ({ store: name, why, until: until(count) });
  const at = (name: string, why: string, places: readonly string[]): Retained => ({ ...store(name, why), places });
  const { unmaintained = ['old row versions: nobody has cleaned up'], accounts = [], outOfReach = [] } = receipt;
  return [
    store('engines', 'an Engine cannot anonymize; while it holds the name it may bring it back', days.engineDays),
    store('portal-backups', 'made before the run; restore only with a new run', days.backupDays),
    store('portal-wal', 'every change stands in it, in its archive and on replicas', days.walDays),
    store('portal-history-files', 'no mapping of the database reaches them', days.historyFilesDays),
    ...[...Map.groupBy(unmaintained, reasonIn)].map(([why, lines]) => at('portal-pages', why, lines.flatMap(placeIn))),
    ...(accounts.length > 0 ? [at('portal-accounts', 'a login account is never changed', accounts)] : []),
    ...(outOfReach.length > 0 ? [at('portal-catalog', 'no change of rows reaches it', outOfReach)] : []),
  ];
}

/** Of `place: reason`, where the place may be absent. */
const reasonIn = (line: string): string => line.slice(line.lastIndexOf(': ') + 1).trim();
const placeIn = (line: string): string[] => (line.includes(': ') ? [line.slice(0, line.lastIndexOf(': '))] : []);

const ownArchive = (until: string | null): Retained => ({
  store: 'own-archives',
  why:
    until === null
      ? 'a retrieval of the same subject was under way'
      : 'archive of an earlier retrieval of the same subject',
  until: until === null ? null : until.slice(0, 10),
});

/** Signs a certificate over its canonical JSON, so that its layout in a file does not matter. */
export async function signCertificate(certificate: Certificate, signer: Signer): Promise<SignedCertificate> {
  const { signature: value, publicKey } = await signer.sign(canonicalJson(certificate));
  return { certificate, signature: { algorithm: 'ECDSA_P256_SHA256', publicKey, value } };
}

/** Signs with a key that never leaves its service. */
export interface Signer {
  /** @returns ECDSA P-256 with SHA-256 over the SHA-256 of `text`, DER, base64; with the public key (SPKI, DER, base64) */
  sign(text: string): Promise<{ readonly signature: string; readonly publicKey: string }>;
}
