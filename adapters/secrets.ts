import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SettingsError } from '../core/errors.ts';

/** Reads a JSON secret. @throws {SettingsError} it is no JSON text */
export async function readSecret(client: SecretsManagerClient, secretId: string): Promise<unknown> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  try {
    return JSON.parse(SecretString ?? '');
  } catch {
    throw new SettingsError('secret of the Portal database', 'is not JSON');
  }
}
