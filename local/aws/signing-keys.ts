import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import * as z from 'zod';
import { keepSecret } from '../kept-secret.ts';
import { type Action, ServiceFault } from './json-endpoint.ts';
import { ACCOUNT, REGION } from './names.ts';

const SignInput = z.object({
  KeyId: z.string(),
  Message: z.base64(),
  MessageType: z.literal('RAW').default('RAW'), // Node signs no digest that it has not made
  SigningAlgorithm: z.literal('ECDSA_SHA_256'),
});
const MacInput = z.object({ KeyId: z.string(), Message: z.base64(), MacAlgorithm: z.literal('HMAC_SHA_256') });

/** KMS takes no more in one call. */
const MAX_MESSAGE_BYTES = 4096;
const arnOf = (key: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${key}`;

/**
 * KMS actions of a key that signs (ECC_NIST_P256) and of keys for MACs, one for each KeyId.
 * @param besideFile their files stand beside it, mode 0600; made when absent
 */
export async function openSigningKeys(besideFile: string): Promise<Record<string, Action>> {
  const pem = await keepSecret(`${besideFile}.sign`, () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  });
  const macSecret = await keepSecret(`${besideFile}.mac`, () => randomBytes(32).toString('base64'));
  const key = createPrivateKey(pem);
  return {
    'TrentService.Sign': (input) => signed(key, input),
    'TrentService.GetPublicKey': () => ({
      KeyId: arnOf('sign'),
      PublicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    }),
    'TrentService.GenerateMac': (input) => mac(Buffer.from(macSecret, 'base64'), input),
  };
}

function signed(key: KeyObject, input: unknown): unknown {
  const { Message, SigningAlgorithm } = SignInput.parse(input);
  const signature = sign('sha256', messageOf(Message), key);
  return { KeyId: arnOf('sign'), Signature: signature.toString('base64'), SigningAlgorithm };
}

function mac(secret: Buffer, input: unknown): unknown {
  const { KeyId, Message, MacAlgorithm } = MacInput.parse(input);
  const ownKey = createHmac('sha256', secret).update(KeyId).digest();
  const Mac = createHmac('sha256', ownKey).update(messageOf(Message)).digest('base64');
  return { KeyId: arnOf(KeyId), Mac, MacAlgorithm };
}

function messageOf(base64: string): Buffer {
  const message = Buffer.from(base64, 'base64');
  if (message.length === 0 || message.length > MAX_MESSAGE_BYTES) {
    throw new ServiceFault('ValidationException', `Message has 1 to ${MAX_MESSAGE_BYTES} bytes`);
  }
  return message;
}
