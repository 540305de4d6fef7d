import type { SubjectKind } from './subject.ts';

/** What an anonymization did in the Portal database, without names. */
export interface Receipt {
  /** Rows changed. */
  readonly rowsByTable: Readonly<Record<string, number>>;
  /** Tables and columns that were searched before the commit, without finding the name. */
  readonly scanned?: { readonly tables: number; readonly columns: number };
  /** How it was made sure that no other row changed. */
  readonly controls?: 'full' | 'totals';
  /** What was not cleaned up behind the change; absent until that was tried. */
  readonly unmaintained?: readonly string[];
  /** Occurrences of the name found after the commit by another role; absent until it has looked. */
  readonly residue?: number;
  /** Tables and columns that the other role searched. */
  readonly verified?: { readonly tables: number; readonly columns: number };
  /** Places beyond the reach of a change where the name still stands, without the name. */
  readonly outOfReach?: readonly string[];
  /** Columns of the Portal's login accounts in which one still names the Subject. */
  readonly accounts?: readonly string[];
  /** HMAC-SHA256 of kind and name under the nonce that only the Caller gets, hex. */
  readonly commitment?: string;
}

/** Something that still holds the name after an anonymization; `until`: ISO 8601 date, `null` when nobody has told. */
export interface Retained {
  readonly store: string;
  readonly why: string;
  readonly until: string | null;
}

/** Proof of an anonymization (R27): no personal data in it. Fields as in docs/certificate.md. */
export interface Certificate {
  readonly certId: string;
  readonly requestId: string;
  readonly reference?: string;
  readonly kind: SubjectKind;
  readonly action: 'anonymize-portal';
  readonly statement: string;
  readonly planHash?: string;
  readonly schemaFingerprint?: string;
  readonly toolVersion: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Absent where nobody but the Caller had to agree. */
  readonly approverRole?: 'second-person';
  readonly changed: { readonly rows: number; readonly tables: number };
  readonly searchedBefore: { readonly tables: number; readonly columns: number };
  readonly searchedAfter: { readonly tables: number; readonly columns: number; readonly hits: number };
  readonly controls: { readonly rowTotalsEqual: true; readonly bystandersUnchanged: boolean };
  readonly retained: readonly Retained[];
  /** Whether a keyed hash of the name is kept to see it come back, and until when; absent before version 0.2. */
  readonly sentinel?: { readonly enabled: boolean; readonly until?: string };
  readonly subjectCommitment: string;
}

/** A certificate with its signature over the SHA-256 of the canonical JSON (RFC 8785) of `certificate`. */
export interface SignedCertificate {
  readonly certificate: Certificate;
  readonly signature: {
    readonly algorithm: 'ECDSA_P256_SHA256';
    /** SPKI, DER, base64. */
    readonly publicKey: string;
    /** DER, base64. */
    readonly value: string;
  };
}
