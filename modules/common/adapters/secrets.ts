import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SettingsError } from '../errors.ts';

/** Reads a JSON secret. @param what it is, for errors @throws {SettingsError} it is no JSON text */
export async function readSecret(client: SecretsManagerClient, secretId: string, what: string): Promise<unknown> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  try {
    return JSON.parse(SecretString ?? '');
  } catch {
    throw new SettingsError(what, 'is not JSON');
  }
}
