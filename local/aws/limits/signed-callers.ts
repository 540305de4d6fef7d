import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { FAKE_CREDENTIALS, REGION } from '../names.ts';
import { accessKeyIn, pick, readDate, readQuery, Sha256, SKEW_MS } from '../s3-signature.ts';

/** A role behind a call, as the gateway tells a function. */
export interface SigningRole {
  readonly accessKey: string;
  readonly userArn: string;
  readonly userId: string;
}

const CONTENT_SHA256 = 'x-amz-content-sha256';

/**
 * Signs a call again with the key that it names and compares. @param roles ARNs by access key; all have the secret of the stand-ins
 * @returns nothing when the key is unknown, or when the call is not the one that was signed, or not lately
 */
export async function signingRole(
  { method = 'GET', headers: given }: IncomingMessage,
  url: URL,
  body: Buffer,
  roles: Readonly<Record<string, string>>,
  now: Date,
): Promise<SigningRole | undefined> {
  const authorization = given.authorization ?? '';
  const accessKey = accessKeyIn(authorization) ?? '';
  const arn = roles[accessKey];
  const names = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
  const signingDate = readDate(headers['x-amz-date']);
  if (arn === undefined || !signingDate || Math.abs(now.getTime() - signingDate.getTime()) > SKEW_MS) return undefined;
  const hash = createHash('sha256').update(body).digest('hex');
  if ((headers[CONTENT_SHA256] ?? hash) !== hash) return undefined;
  const credentials = { ...FAKE_CREDENTIALS, accessKeyId: accessKey };
  const signer = new SignatureV4({
    credentials,
    region: REGION,
    service: 'execute-api',
    sha256: Sha256,
    applyChecksum: false,
  });
  const query = readQuery(url.search.slice(1));
  const message = {
    method,
    protocol: 'http:',
    hostname: '',
    path: url.pathname,
    query,
    headers: pick(headers, names),
    body,
  };
  const again = await signer.sign(message, { signingDate, signableHeaders: new Set(names) });
  if (again.headers.authorization !== authorization) return undefined;
  return { accessKey, ...sessionOf(arn) };
}

/** `arn:aws:iam::<account>:role/<name>` as a session of it. */
function sessionOf(arn: string) {
  const [, partition, account, role] = /^arn:([\w-]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  return {
    userArn: `arn:${partition}:sts::${account}:assumed-role/${role}/session`,
    userId: `AROA${role?.toUpperCase()}:session`,
  };
}
