import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SettingsError } from '../errors.ts';

/** Reads a JSON secret. @param what names the secret in errors @throws {SettingsError} it is not JSON */
export async function readSecret(client: SecretsManagerClient, secretId: string, what: string): Promise<unknown> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  try {
    return JSON.parse(SecretString ?? '');
  } catch {
    throw new SettingsError(what, 'is not JSON');
  }
}
