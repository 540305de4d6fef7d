import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { SubjectKind } from './subject.ts';

const Searched = z.strictObject({ tables: Count, columns: Count });
const Places = z.array(z.string());

/** What an anonymization did in the Portal database, without names. */
export const Receipt = z.strictObject({
  rowsByTable: z.record(z.string(), Count).describe('Rows changed, by table'),
  scanned: Searched.exactOptional().describe('What was searched before the commit; the name was not found'),
  controls: z.enum(['full', 'totals']).exactOptional().describe('How the system checked that no other row changed'),
  /** Absent before the clean-up. */
  unmaintained: Places.exactOptional().describe('What was not cleaned up after the change'),
  /** Absent before the verification. */
  residue: Count.exactOptional().describe('Occurrences of the name that another role found after the commit'),
  verified: Searched.exactOptional().describe('What that role searched'),
  outOfReach: Places.exactOptional().describe('Places that cannot be changed and still hold the name'),
  accounts: Places.exactOptional().describe("Columns of the Portal's login accounts that still name the subject"),
  /** Only the Caller gets the nonce. */
  commitment: z.string().exactOptional().describe('HMAC-SHA256 of kind and name under the nonce, hex'),
});
export type Receipt = ReadonlyDeep<z.infer<typeof Receipt>>;

/** A store that still holds the name after an anonymization; `until`: ISO 8601 date, `null` when not configured. */
const Retained = z.strictObject({ store: z.string(), why: z.string(), until: z.string().nullable() });
export type Retained = ReadonlyDeep<z.infer<typeof Retained>>;

/** Proof of an anonymization without personal data (R27). Fields: docs/certificate.md. */
const Certificate = z.strictObject({
  certId: z.string(),
  requestId: z.uuid(),
  reference: z.string().exactOptional(),
  kind: SubjectKind,
  action: z.literal('anonymize-portal'),
  statement: z.string(),
  planHash: z.string().exactOptional(),
  schemaFingerprint: z.string().exactOptional(),
  toolVersion: z.string(),
  startedAt: Instant,
  finishedAt: Instant,
  approverRole: z.literal('second-person').exactOptional().describe('Absent when no approval was needed'),
  changed: z.strictObject({ rows: Count, tables: Count }),
  searchedBefore: Searched,
  searchedAfter: Searched.extend({ hits: Count }),
  controls: z.strictObject({ rowTotalsEqual: z.literal(true), bystandersUnchanged: z.boolean() }),
  retained: z.array(Retained),
  /** Whether a keyed hash of the name is kept to detect its return, and until when; absent before version 0.2. */
  sentinel: z.strictObject({ enabled: z.boolean(), until: Instant.exactOptional() }).exactOptional(),
  subjectCommitment: z.string(),
});
export type Certificate = ReadonlyDeep<z.infer<typeof Certificate>>;

/** A certificate with its signature over the SHA-256 of the canonical JSON (RFC 8785) of `certificate`. */
export const SignedCertificate = z
  .strictObject({
    certificate: Certificate,
    signature: z.strictObject({
      algorithm: z.literal('ECDSA_P256_SHA256'),
      publicKey: z.string().describe('SPKI, DER, base64'),
      value: z.string().describe('DER, base64'),
    }),
  })
  .describe('Proof of an anonymization, signed over its canonical JSON (RFC 8785)');
export type SignedCertificate = ReadonlyDeep<z.infer<typeof SignedCertificate>>;
