import { SignatureV4 } from '@smithy/signature-v4';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { Sha256 } from '../../local/aws/s3-signature.ts';

interface SignedCall {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signingDate?: Date;
}

/** A call of the HTTP API that a machine signs with the credentials of its role (SigV4), ready for `fetch`. */
export async function signedCall(
  address: string,
  accessKeyId: string,
  { method = 'GET', body, headers = {}, signingDate = new Date() }: SignedCall = {},
): Promise<Request> {
  const { host, hostname, pathname, searchParams } = new URL(address);
  const signer = new SignatureV4({
    credentials: { ...FAKE_CREDENTIALS, accessKeyId },
    region: REGION,
    service: 'execute-api',
    sha256: Sha256,
  });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: text,
    },
    { signingDate },
  );
  return new Request(address, { method, headers: signed.headers, ...(text !== undefined && { body: text }) });
}
