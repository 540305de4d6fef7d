import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { FAKE_CREDENTIALS, functionOfKey, REGION } from './names.ts';

/** A request as it came, before anything has decoded it. */
interface SignedRequest {
  readonly method: string;
  /** Path and query as on the wire. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Why a request is refused, in S3's words. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const refusal = (code: string, message: string, status = 403): Refusal => ({ status, code, message });

/** Maximum difference of the clocks. Source: Amazon S3, `RequestTimeTooSkewed`. */
export const SKEW_MS = 15 * 60_000;
const WEEK_SECONDS = 7 * 86_400;

/** The hash that the signer asks for. */
export class Sha256 {
  #hash: Hash | Hmac;
  readonly #begin: () => Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : secret && bytesOf(secret);
    this.#begin = () => (key === undefined ? createHash('sha256') : createHmac('sha256', key));
    this.#hash = this.#begin();
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof chunk === 'string' ? chunk : bytesOf(chunk));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    this.#hash = this.#begin();
  }
}

const bytesOf = (source: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);

/** Signs with the access key that a request names, if it is one of ours. */
function signerOf(accessKey: string | undefined): SignatureV4 {
  const accessKeyId = accessKey !== undefined && functionOfKey(accessKey) ? accessKey : FAKE_CREDENTIALS.accessKeyId;
  const credentials = { ...FAKE_CREDENTIALS, accessKeyId };
  return new SignatureV4({ credentials, region: REGION, service: 's3', sha256: Sha256, uriEscapePath: false });
}

/** Access key of a signed request, from its header or from its link. */
export const accessKeyIn = (authorization: string | undefined, credential = ''): string | undefined =>
  /Credential=([^/,\s]+)/.exec(authorization ?? '')?.[1] ?? credential.split('/')[0];

/**
 * Signs the request again with the key that it names and compares.
 * @returns nothing when it was signed with it and is neither too old nor from the future
 * Source: Amazon S3, Signature Version 4, in headers and in query parameters.
 */
export async function refuseUnsigned(request: SignedRequest, now: Date): Promise<Refusal | undefined> {
  const [path = '', search = ''] = request.url.split('?', 2);
  const query = readQuery(search);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(',')]),
  );
  const message = { method: request.method, protocol: 'http:', hostname: '', path, query, headers };
  if ('X-Amz-Signature' in query) return await checkLink(message, now);
  if (headers.authorization !== undefined) return await checkHeaders(message, headers.authorization, now);
  return refusal('AccessDenied', 'Access Denied');
}

interface Message {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

async function checkLink(message: Message, now: Date): Promise<Refusal | undefined> {
  const { 'X-Amz-Signature': given, 'X-Amz-SignedHeaders': names = '', ...query } = message.query;
  const signedAt = readDate(query['X-Amz-Date']);
  const seconds = Number(query['X-Amz-Expires']);
  if (!signedAt || !(seconds > 0 && seconds <= WEEK_SECONDS)) {
    return refusal('AuthorizationQueryParametersError', 'X-Amz-Date or X-Amz-Expires is not valid', 400);
  }
  if (now.getTime() < signedAt.getTime() - SKEW_MS) return refusal('AccessDenied', 'Request is not valid yet');
  if (now.getTime() > signedAt.getTime() + seconds * 1000) return refusal('AccessDenied', 'Request has expired');
  const aside = new Set(['x-amz-content-sha256']); // tells the signer that a link signs no body
  const headers = { ...pick(message.headers, names.split(';')), 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const again = await signerOf(accessKeyIn(undefined, query['X-Amz-Credential'])).presign(
    { ...message, query, headers },
    {
      signingDate: signedAt,
      expiresIn: seconds,
      unsignableHeaders: aside,
      unhoistableHeaders: new Set(Object.keys(headers)),
    },
  );
  const same =
    again.query?.['X-Amz-Signature'] === given && again.query?.['X-Amz-Credential'] === query['X-Amz-Credential'];
  return same ? undefined : notTheSame;
}

async function checkHeaders(message: Message, authorization: string, now: Date): Promise<Refusal | undefined> {
  const names = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const signedAt = readDate(message.headers['x-amz-date']);
  if (!signedAt) return refusal('AccessDenied', 'A signed request needs X-Amz-Date');
  if (Math.abs(now.getTime() - signedAt.getTime()) > SKEW_MS) {
    return refusal('RequestTimeTooSkewed', 'The time of the request differs too much from the time here');
  }
  const again = await signerOf(accessKeyIn(authorization)).sign(
    { ...message, headers: pick(message.headers, [...names, 'x-amz-content-sha256']) },
    { signingDate: signedAt, signableHeaders: new Set(names) },
  );
  return again.headers.authorization === authorization ? undefined : notTheSame;
}

const notTheSame = refusal('SignatureDoesNotMatch', 'The signature is not the one that this request should have');

export const pick = (headers: Record<string, string>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));

export function readQuery(search: string): Record<string, string> {
  const pairs = search
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('=', 2).map(decode));
  return Object.fromEntries(pairs.map(([name, value = '']) => [name, value]));
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** `20261123T090000Z`. */
export function readDate(text: string | undefined): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}
