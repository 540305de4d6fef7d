import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, EncryptCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKeysAndSecrets } from '../../../local/aws/keys-and-secrets.ts';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../local/aws/names.ts';
import { kmsSigner } from '../../../modules/proof/adapters/kms-signer.ts';

describe('startKeysAndSecrets', () => {
  let folder: string;
  let server: LoopbackServer;
  let kms: KMSClient;
  const context = { requestId: 'r1', purpose: 'login' };
  const text = Buffer.from('to be sealed');
  const clientOf = (url: string) => ({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS });
  const seal = async () =>
    (await kms.send(new EncryptCommand({ KeyId: 'seal', Plaintext: text, EncryptionContext: context })))
      .CiphertextBlob!;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    server = await startKeysAndSecrets(join(folder, 'kms.key'), new Map([['portal/read', '{"host":"h"}']]));
    kms = new KMSClient(clientOf(server.url));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('opens what it sealed, under the same context in any order (R24)', async () => {
    const reordered = { purpose: 'login', requestId: 'r1' };

    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: await seal(), EncryptionContext: reordered }));

    expect(Buffer.from(opened.Plaintext!)).toEqual(text);
  });

  it('refuses another context, a changed blob and a cut one (R24)', async () => {
    const blob = await seal();
    const changed = Uint8Array.from(blob);
    changed[20]! ^= 1;
    const attempts = [
      { CiphertextBlob: blob, EncryptionContext: { ...context, requestId: 'r2' } },
      { CiphertextBlob: changed, EncryptionContext: context },
      { CiphertextBlob: blob.subarray(0, 9), EncryptionContext: context },
    ];

    for (const attempt of attempts) {
      await expect(kms.send(new DecryptCommand(attempt))).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
  });

  it('never holds the plain text in the blob, and no blob twice (R24)', async () => {
    const [one, other] = [await seal(), await seal()];

    expect(Buffer.from(one).includes(text)).toBe(false);
    expect(Buffer.from(one).equals(other)).toBe(false);
  });

  it('keeps its key for its owner alone, and opens old blobs after a restart', async () => {
    const blob = await seal();
    const again = await startKeysAndSecrets(join(folder, 'kms.key'), new Map());

    const opened = await new KMSClient(clientOf(again.url)).send(
      new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context }),
    );

    await again.stop();
    expect(Buffer.from(opened.Plaintext!)).toEqual(text);
    expect((await stat(join(folder, 'kms.key'))).mode & 0o777).toBe(0o600);
  });

  it('signs with P-256, by the same key after a restart (R27)', async () => {
    const { signature, publicKey } = await kmsSigner(kms, 'sign').sign('a certificate');
    const again = await startKeysAndSecrets(join(folder, 'kms.key'), new Map());
    const later = await kmsSigner(new KMSClient(clientOf(again.url)), 'sign').sign('a certificate');
    await again.stop();

    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    const digest = createHash('sha256').update('a certificate').digest();
    expect(verify('sha256', digest, key, Buffer.from(signature, 'base64'))).toBe(true);
    expect(later.publicKey).toBe(publicKey);
    expect((await stat(join(folder, 'kms.key.sign'))).mode & 0o777).toBe(0o600);
  });

  it('names it when the key does not answer (R27)', async () => {
    const client = new KMSClient({ ...clientOf('http://127.0.0.1:1'), maxAttempts: 1 });
    await expect(kmsSigner(client, 'sign').sign('x')).rejects.toMatchObject({ name: 'SigningUnavailableError' });
  });

  it('makes MACs, another for each key and message', async () => {
    const mac = async (KeyId: string, message: string) => {
      const Message = Buffer.from(message);
      const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' }));
      return Buffer.from(Mac!).toString('hex');
    };
    const macs = await Promise.all([mac('a', 'x'), mac('a', 'x'), mac('a', 'y'), mac('b', 'x')]);
    expect([macs[0] === macs[1], new Set(macs).size]).toEqual([true, 3]);
  });

  it('tells a secret, and names one that is not there', async () => {
    const client = new SecretsManagerClient(clientOf(server.url));

    const known = await client.send(new GetSecretValueCommand({ SecretId: 'portal/read' }));
    const unknown = client.send(new GetSecretValueCommand({ SecretId: 'portal/none' }));

    expect(known.SecretString).toBe('{"host":"h"}');
    await expect(unknown).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
