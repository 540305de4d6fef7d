import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../common/canonical-json.ts';
import type { SignedCertificate } from '../requests/record.ts';
import type { Subject } from '../requests/subject.ts';
import { commitmentTo } from './commitment.ts';

export function readCertificate(text: string): SignedCertificate | undefined {
  try {
    const value = JSON.parse(text) as SignedCertificate;
    canonicalJson(value); // throws for values that cannot be signed, such as 1e999
    const { certificate, signature } = value;
    const { subjectCommitment, requestId, finishedAt, changed, searchedAfter, retained } = certificate;
    const kept = retained.flatMap(({ store, why, until, places = [] }) => [store, why, until ?? '', ...places]);
    const fields = [subjectCommitment, requestId, finishedAt, signature.publicKey, signature.value, ...kept];
    const isShown = [changed.rows, searchedAfter.hits].every(Number.isInteger);
    return isShown && fields.every((field) => typeof field === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Checks a certificate without any network. @param issuerKey without it, only that the certificate is unchanged is checked
 * @param claim name and nonce that it should match @returns `keyFingerprint`: SHA-256 of the key that signed it, hex
 */
export function checkCertificate(
  { certificate, signature }: SignedCertificate,
  issuerKey?: KeyObject,
  claim?: { readonly subject: Subject; readonly nonce: string },
) {
  const ownKey = Buffer.from(signature.publicKey, 'base64');
  const key = issuerKey ?? keyOf(ownKey);
  const faults: string[] = [];
  if (!key || !isSigned({ certificate, signature }, key))
    faults.push('the signature does not fit: the certificate was changed, or another key signed it');
  if (claim && commitmentTo(claim.subject, claim.nonce, certificate.version ?? 1) !== certificate.subjectCommitment)
    faults.push('it is about another name, or the nonce is wrong');
  const keyFingerprint = createHash('sha256').update(ownKey).digest('hex');
  return { faults, keyFingerprint, issuerChecked: issuerKey !== undefined };
}

/** ECDSA P-256 with SHA-256, over the SHA-256 of the canonical JSON. */
function isSigned({ certificate, signature }: SignedCertificate, key: KeyObject): boolean {
  const digest = createHash('sha256').update(canonicalJson(certificate)).digest();
  return (
    signature.algorithm === 'ECDSA_P256_SHA256' &&
    key.asymmetricKeyDetails?.namedCurve === 'prime256v1' &&
    verify('sha256', digest, key, Buffer.from(signature.value, 'base64'))
  );
}

function keyOf(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
