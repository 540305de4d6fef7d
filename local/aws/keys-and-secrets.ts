import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { keepSecret } from '../kept-secret.ts';
import type { CallRecorder } from './call-recorder.ts';
import { type Action, ServiceFault, startJsonEndpoint } from './json-endpoint.ts';
import type { CallGuard } from './limits/call-guard.ts';
import type { LoopbackServer } from './loopback.ts';
import { ACCOUNT, REGION } from './names.ts';
import { openSigningKeys } from './signing-keys.ts';
import type { StoreFaults } from './store-faults.ts';

const Context = z.record(z.string(), z.string()).default({});
const EncryptInput = z.object({ KeyId: z.string(), Plaintext: z.base64(), EncryptionContext: Context });
const DecryptInput = z.object({ CiphertextBlob: z.base64(), EncryptionContext: Context });
const SecretInput = z.object({ SecretId: z.string() });
const NewSecretInput = z.object({ Name: z.string(), SecretString: z.string() });

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** KMS takes no more in one call. */
const MAX_PLAINTEXT_BYTES = 4096;

/**
 * KMS (Encrypt, Decrypt, Sign, GetPublicKey, GenerateMac) and Secrets Manager (GetSecretValue, CreateSecret) for the real SDK
 * clients, on one port.
 * @param keyFile where the sealing key lives, mode 0600; made when absent, as are the others beside it
 * @param given secrets by id: what `SecretString` holds; those that are created last as long as the server
 * @param kept looks for all others at each call
 */
export async function startKeysAndSecrets(
  keyFile: string,
  given: ReadonlyMap<string, string>,
  kept: (name: string) => string | undefined = () => undefined,
  recorder?: CallRecorder,
  faults?: StoreFaults,
  guard?: CallGuard,
): Promise<LoopbackServer> {
  const secrets = new Map(given);
  const key = Buffer.from(await keepSecret(keyFile, () => randomBytes(32).toString('base64')), 'base64');
  const signing = await openSigningKeys(keyFile);
  const actions: Record<string, Action> = {
    ...signing,
    'TrentService.Encrypt': (input) => encrypt(key, input),
    'TrentService.Decrypt': (input) => decrypt(key, input),
    'secretsmanager.GetSecretValue': (input) => getSecret((name) => secrets.get(name) ?? kept(name), input),
    'secretsmanager.CreateSecret': (input) => createSecret(secrets, input),
  };
  return await startJsonEndpoint(actions, recorder, faults, guard);
}

const keyArn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/seal`;

/** The context in one order, whatever order the caller used. */
const boundTo = (context: Record<string, string>): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

function encrypt(key: Buffer, input: unknown): unknown {
  const { Plaintext, EncryptionContext } = EncryptInput.parse(input);
  const plaintext = Buffer.from(Plaintext, 'base64');
  if (plaintext.length === 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
    throw new ServiceFault('ValidationException', `Plaintext has 1 to ${MAX_PLAINTEXT_BYTES} bytes`);
  }
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(EncryptionContext));
  const blob = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { CiphertextBlob: blob.toString('base64'), KeyId: keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
}

function decrypt(key: Buffer, input: unknown): unknown {
  const { CiphertextBlob, EncryptionContext } = DecryptInput.parse(input);
  const blob = Buffer.from(CiphertextBlob, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(EncryptionContext)).setAuthTag(blob.subarray(-TAG_BYTES));
    const plaintext = Buffer.concat([decipher.update(blob.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { Plaintext: plaintext.toString('base64'), KeyId: keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  } catch {
    throw new ServiceFault('InvalidCiphertextException', 'The blob is damaged, or bound to another context');
  }
}

function getSecret(find: (name: string) => string | undefined, input: unknown): unknown {
  const { SecretId } = SecretInput.parse(input);
  const value = find(SecretId);
  if (value === undefined) throw new ServiceFault('ResourceNotFoundException', 'There is no such secret');
  return { ...named(SecretId), SecretString: value };
}

function createSecret(secrets: Map<string, string>, input: unknown): unknown {
  const { Name, SecretString } = NewSecretInput.parse(input);
  if (secrets.has(Name)) throw new ServiceFault('ResourceExistsException', 'There is such a secret');
  secrets.set(Name, SecretString);
  return named(Name);
}

const named = (name: string) => ({ Name: name, ARN: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}` });
