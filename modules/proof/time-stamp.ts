import { createHash } from 'node:crypto';
import { type BaseBlock, fromBER, Integer, Null, type ObjectIdentifier, OctetString, type Sequence } from 'asn1js';
import * as pki from 'pkijs';

// The only file that uses the library for ASN.1 and RFC 3161 (docs/decisions/0019-libraries-for-standards.md).
// It is imported when a stamp is made or checked: other functions do not need its 300 kB.

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const FOR_TIME_STAMPS = '1.3.6.1.5.5.7.3.8';
/** An anchor is stamped when it is made. A stamp of another hour may belong to a forged anchor. */
const MAX_DISTANCE_MS = 3_600_000;

interface StampQuestion {
  /** Its SHA-256 was stamped. */
  readonly text: string;
  /** When it was written; the stamp must be of that hour. */
  readonly at: Date;
  /** Random number in the query; known only when the query was just sent. */
  readonly nonce?: Buffer;
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const numberOf = (nonce: Buffer): bigint => BigInt(`0x${nonce.toString('hex')}`);

/** The query for a stamp of the SHA-256 of a text, including the authority's certificate. Source: RFC 3161 section 2.4.1. */
export function timeStampRequest(text: string, nonce: Buffer): Buffer {
  const request = new pki.TimeStampReq({
    version: 1,
    messageImprint: new pki.MessageImprint({
      hashAlgorithm: new pki.AlgorithmIdentifier({ algorithmId: pki.id_sha256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: sha256(text) }),
    }),
    nonce: Integer.fromBigInt(numberOf(nonce)),
    certReq: true,
  });
  return Buffer.from(request.toSchema().toBER());
}

/** The certificates in a PEM text. @throws {TypeError} there is none, or one is damaged */
export function certificatesIn(pem: string): pki.Certificate[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  try {
    const certificates = Array.from(blocks, ([, base64]) => pki.Certificate.fromBER(Buffer.from(base64!, 'base64')));
    if (certificates.length > 0) return certificates;
  } catch (error) {
    throw new TypeError('a certificate is damaged', { cause: error });
  }
  throw new TypeError('there is no certificate in PEM');
}

/**
 * Checks the answer of an authority: its signature, its certificate (but not its revocation), and that it is about this text.
 * @param trusted CAs of the authority, or its own certificate; without them the signer is not checked
 * @returns what is wrong, each completing `The stamp`
 * Source: RFC 3161 sections 2.3 and 2.4.2, RFC 5652 section 5.6, RFC 5816.
 */
export async function stampFaults(
  answer: Buffer,
  { text, at, nonce }: StampQuestion,
  trusted?: readonly pki.Certificate[],
): Promise<string[]> {
  const stamp = readAnswer(answer);
  if (typeof stamp === 'string') return [stamp];
  const { signed, info } = stamp;
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const imprint = Buffer.from(hashedMessage.valueBlock.valueHexView);
  if (hashAlgorithm.algorithmId !== pki.id_sha256 || !imprint.equals(sha256(text))) return ['is about something else'];

  const faults: string[] = [];
  if (nonce && info.nonce?.toBigInt() !== numberOf(nonce)) faults.push('answers another question');
  if (Math.abs(info.genTime.getTime() - at.getTime()) > MAX_DISTANCE_MS)
    faults.push(`was made at ${info.genTime.toISOString()}, another time than what it is about`);
  const signer = await signerOf(stamp, text);
  if (!signer) return [...faults, 'has a signature that does not fit'];
  if (!isForTimeStamps(signer)) faults.push('is signed by a certificate that is not for time stamps alone');
  if (signer.notBefore.value > info.genTime || signer.notAfter.value < info.genTime)
    faults.push('is signed by a certificate that was not valid then');
  if (trusted && !(await isIssuedBy(trusted, signer, signed, info.genTime)))
    faults.push('is signed by an authority that none of the trusted CAs has issued');
  return faults;
}

interface Stamp {
  readonly signed: pki.SignedData;
  readonly info: pki.TSTInfo;
  /** Certificates in it, DER. */
  readonly certificates: readonly Buffer<ArrayBuffer>[];
}

/** Whether each part ends where what it is in ends, and has a value: the library reads on and takes none as 0, others refuse it. */
function isNested({ idBlock, lenBlock, valueBlock }: BaseBlock): boolean {
  const parts = idBlock.isConstructed ? (valueBlock as unknown as { readonly value: BaseBlock[] }).value : [];
  const length = parts.reduce((sum, { blockLength }) => sum + blockLength, 0);
  if (!idBlock.isConstructed && lenBlock.length === 0) return [4, 5, 12].includes(idBlock.tagNumber); // octets, null, text
  return (parts.length === 0 || lenBlock.isIndefiniteForm || length === lenBlock.length) && parts.every(isNested);
}

/** @returns what is wrong when there is no stamp in it */
function readAnswer(answer: Buffer): Stamp | string {
  try {
    const { result, offset } = fromBER(answer);
    const { status, timeStampToken } = new pki.TimeStampResp({ schema: result });
    if (status.status > pki.PKIStatus.grantedWithMods) return `is a refusal (status ${status.status})`;
    const signed = new pki.SignedData({ schema: timeStampToken!.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    const isStamp =
      timeStampToken!.contentType === pki.ContentInfo.SIGNED_DATA && eContentType === pki.id_eContentType_TSTInfo;
    const [signer, ...others] = signed.signerInfos;
    const digests = signed.digestAlgorithms.map(({ algorithmId }) => algorithmId);
    const isOneSigner = others.length === 0 && digests.includes(signer!.digestAlgorithm.algorithmId);
    if (!isStamp || offset !== answer.length || !isNested(result) || !isOneSigner) return 'is no time stamp';
    const fields = (timeStampToken!.content as Sequence).valueBlock.value as Sequence[];
    const certificates = fields.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0);
    return {
      signed,
      info: pki.TSTInfo.fromBER(eContent!.getValue()),
      certificates: (certificates?.valueBlock.value ?? []).map((each) => Buffer.from(each.valueBeforeDecodeView)),
    };
  } catch {
    return 'is no time stamp';
  }
}

/** The certificate that signed the stamp and that its signed attributes name; `undefined` when the signature does not fit. */
async function signerOf({ signed, certificates }: Stamp, text: string): Promise<pki.Certificate | undefined> {
  const attributes = signed.signerInfos[0]!.signedAttrs?.attributes ?? [];
  const valuesOf = (id: string) => attributes.filter(({ type }) => type === id).flatMap(({ values }) => values);
  try {
    const contentTypes = valuesOf(CONTENT_TYPE).map((value: ObjectIdentifier) => value.getValue());
    if (contentTypes.join() !== pki.id_eContentType_TSTInfo) return undefined;
    const data = new TextEncoder().encode(text).buffer;
    const { signatureVerified, signerCertificate } = await signed.verify({ signer: 0, data, extendedMode: true });
    const der = certificates.find((bytes) => isSame(pki.Certificate.fromBER(bytes), signerCertificate!));
    const named = [
      ...valuesOf(SIGNING_CERTIFICATE_V2).map((value: Sequence) => certificateHash(value, 'sha256')),
      ...valuesOf(SIGNING_CERTIFICATE).map((value: Sequence) => certificateHash(value, 'sha1')),
    ];
    const isNamed = named.some(({ name, hash }) => createHash(name).update(der!).digest().equals(hash));
    return signatureVerified && isNamed ? signerCertificate! : undefined;
  } catch {
    return undefined; // it is not even a signature
  }
}

/** Hash of the signer's certificate, the first that the attribute names. @param otherwise hash when it names none */
function certificateHash(attribute: Sequence, otherwise: string): { readonly name: string; readonly hash: Uint8Array } {
  const [first] = (attribute.valueBlock.value[0] as Sequence).valueBlock.value;
  const [algorithm, ...rest] = (first as Sequence).valueBlock.value;
  if (algorithm instanceof OctetString) return { name: otherwise, hash: algorithm.valueBlock.valueHexView };
  const { algorithmId } = new pki.AlgorithmIdentifier({ schema: algorithm });
  const { name } = pki.getAlgorithmByOID(algorithmId, true);
  return { name: name.replace('-', ''), hash: (rest[0] as OctetString).valueBlock.valueHexView };
}

/** Source: RFC 3161 section 2.3, one purpose, critical. */
function isForTimeStamps({ extensions = [] }: pki.Certificate): boolean {
  const usage = extensions.find(({ extnID }) => extnID === pki.id_ExtKeyUsage);
  const purposes = (usage?.parsedValue as pki.ExtKeyUsage | undefined)?.keyPurposes.join();
  return usage?.critical === true && purposes === FOR_TIME_STAMPS;
}

async function isIssuedBy(
  trusted: readonly pki.Certificate[],
  signer: pki.Certificate,
  { certificates = [] }: pki.SignedData,
  checkDate: Date,
): Promise<boolean> {
  if (trusted.some((certificate) => isSame(certificate, signer))) return true;
  const isOther = (each: unknown): each is pki.Certificate => each instanceof pki.Certificate && !isSame(each, signer);
  const certs = [...certificates.filter(isOther), signer];
  const engine = new pki.CertificateChainValidationEngine({ trustedCerts: [...trusted], certs, checkDate });
  const { result, certificatePath } = await engine.verify();
  return result && isSame(certificatePath![0]!, signer);
}

const isSame = (one: pki.Certificate, other: pki.Certificate): boolean =>
  Buffer.compare(one.tbsView, other.tbsView) === 0;
