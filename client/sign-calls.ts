import { KMSClient } from '@aws-sdk/client-kms';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Proof } from './send-call.ts';

/**
 * Signs calls of the API of machines (SigV4). @param sdk has region and credentials; absent: those of the process, as each client
 * of the SDK finds them @throws {Error} there are none
 */
export async function signCalls({ config }: Pick<KMSClient, 'config'> = new KMSClient()): Promise<Proof> {
  const { credentials, region, sha256 } = config;
  await Promise.all([credentials(), region()]);
  const signer = new SignatureV4({ credentials, region, sha256, service: 'execute-api' });
  return async (url, { headers, ...call }) => {
    const { host, hostname, pathname: path, protocol, searchParams } = new URL(url);
    const query = Object.fromEntries(searchParams);
    const signed = await signer.sign({ ...call, protocol, hostname, path, query, headers: { ...headers, host } });
    return signed.headers;
  };
}
