import { canonicalJson } from '../common/canonical-json.ts';
import { daysAfter } from '../common/day-window.ts';
import type { Clock } from '../common/ports.ts';
import { TOOL_VERSION } from '../common/version.ts';
import type { Certificate, Receipt, RequestRecord, Retained, SignedCertificate } from '../requests/record.ts';
import type { RetentionDays } from './settings.ts';
import type { Signer } from './signer.ts';

/** What issuing a certificate needs. */
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
  facts: Pick<CertificateFacts, 'retention' | 'ownArchives' | 'sentinel'>,
  { clock, newId, signer, schemaFingerprint }: CertificatePorts,
): Promise<SignedCertificate> {
  const fingerprint = await schemaFingerprint();
  const drawn = { certId: newId(), now: clock.now(), schemaFingerprint: fingerprint };
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
}

/** What the certificate claims. Integrity, issuer and time can be checked offline, residue by a new search. */
const STATEMENT =
  'The identifier was replaced by a random one, and no occurrence remains in the searched scope of the Portal database. ' +
  'Residue can be checked again by running the verification of this version; this document does not show it by itself.';

/** The proof of a completed anonymization: counts, times and hashes, no personal data. */
export function certify(
  record: RequestRecord,
  { certId, now, retention, schemaFingerprint, ownArchives = [], sentinel = { enabled: false } }: CertificateFacts,
): Certificate {
  const receipt = record.receipt!;
  const rows = Object.values(receipt.rowsByTable);
  const nothing = { tables: 0, columns: 0 };
  return {
    certId,
    requestId: record.requestId,
    ...(record.reference !== undefined && { reference: record.reference }),
    kind: record.subjectKind,
    action: 'anonymize-portal',
    statement: STATEMENT,
    ...(record.planDigest !== undefined && { planHash: record.planDigest }),
    ...(schemaFingerprint !== undefined && { schemaFingerprint }),
    toolVersion: TOOL_VERSION,
    startedAt: record.createdAt,
    finishedAt: now.toISOString(),
    ...(record.approvedBy !== undefined && { approverRole: 'second-person' as const }),
    accountPrivacy: record.accountPrivacy,
    changed: {
      rows: rows.reduce((sum, changed) => sum + changed, 0),
      tables: rows.filter((changed) => changed > 0).length,
    },
    searchedBefore: receipt.scanned ?? nothing,
    searchedAfter: { ...(receipt.verified ?? nothing), hits: receipt.residue ?? 0 },
    controls: { rowTotalsEqual: true, bystandersUnchanged: receipt.controls === 'full' },
    retained: [...retainedAfter(receipt, now, retention), ...ownArchives.map(ownArchive)],
    sentinel,
    subjectCommitment: receipt.commitment ?? '',
  };
}

/** Stores that still hold the name, and until when (R17). */
function retainedAfter(receipt: Receipt, now: Date, days: RetentionDays): Retained[] {
  const until = (count: number | undefined) =>
    count === undefined ? null : daysAfter(now, count).toISOString().slice(0, 10);
  const store = (name: string, why: string, count?: number): Retained => ({ store: name, why, until: until(count) });
  return [
    store('engines', 'an Engine cannot anonymize; while it holds the name it may bring it back', days.engineDays),
    store('portal-backups', 'made before the run; restore only with a new run', days.backupDays),
    store('portal-wal', 'write-ahead log, its archive and replicas', days.walDays),
    store('portal-history-files', 'files on the appliance, which no database mapping reaches', days.historyFilesDays),
    ...(receipt.unmaintained ?? ['old row versions: nobody has cleaned up']).map((what) => store('portal-pages', what)),
    ...(receipt.accounts ?? []).map((place) => store('portal-accounts', `${place}: a login account, never changed`)),
    ...(receipt.outOfReach ?? []).map((place) => store('portal-catalog', place)),
  ];
}

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
