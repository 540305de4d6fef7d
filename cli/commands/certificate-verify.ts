import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonicalJson } from '../../modules/common/canonical-json.ts';
import { commitmentTo } from '../../modules/proof/commitment.ts';
import type { SignedCertificate } from '../../modules/requests/proof.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import { UsageError } from '../errors.ts';
import { typedPath } from '../out-file.ts';

/** What a certificate was compared with. */
export interface CertificateCheck {
  readonly signed: SignedCertificate;
  /** What is wrong; empty when it is good. */
  readonly faults: readonly string[];
  /** SHA-256 of the key that signed it, hex. */
  readonly keyFingerprint: string;
  /** Whether that key was compared with one that the reader brought along. */
  readonly issuerChecked: boolean;
}

/** Checks the certificate in a file without any network. @param publicKeyFile PEM of the key that its issuer publishes */
export function checkCertificate(
  file: string,
  publicKeyFile?: string,
  claim?: { readonly subject: Subject; readonly nonce: string },
): CertificateCheck {
  const signed = readCertificate(file);
  const own = keyOf(Buffer.from(signed.signature.publicKey, 'base64'));
  const issuer = publicKeyFile === undefined ? own : pemKey(publicKeyFile);
  const faults = [
    ...(issuer && isSigned(signed, issuer)
      ? []
      : ['the signature does not fit: it was changed, or signed by another key']),
    ...(claim && commitmentTo(claim.subject, claim.nonce) !== signed.certificate.subjectCommitment
      ? ['it is about somebody else, or the nonce is another']
      : []),
  ];
  const keyFingerprint = createHash('sha256').update(Buffer.from(signed.signature.publicKey, 'base64')).digest('hex');
  return { signed, faults, keyFingerprint, issuerChecked: publicKeyFile !== undefined };
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

function readCertificate(file: string): SignedCertificate {
  const value = parse(readText(file)) as Partial<SignedCertificate> | null;
  const { certificate, signature } = value ?? {};
  if (
    typeof certificate !== 'object' ||
    typeof signature?.publicKey !== 'string' ||
    typeof signature.value !== 'string'
  ) {
    throw new UsageError('FILE is not a certificate');
  }
  return value as SignedCertificate;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    canonicalJson(value); // refuses what nobody can have signed, such as 1e999
    return value;
  } catch (error) {
    throw new UsageError('FILE is not JSON', { cause: error });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(typedPath(file), 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read`, { cause: error });
  }
}

function keyOf(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function pemKey(file: string): KeyObject {
  try {
    return createPublicKey(readText(file));
  } catch (error) {
    throw new UsageError('--public-key is not a public key in PEM', { cause: error });
  }
}
