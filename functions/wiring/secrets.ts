import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { SettingsError } from '../../modules/common/errors.ts';
import { check, once } from './environment.ts';

const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient());

/** Reads a JSON secret and parses it. @param what names it in errors @throws {SettingsError} */
export async function readChecked<T>(schema: z.ZodType<T>, what: string, secretId: string): Promise<T> {
  const { SecretString } = await secretsManager().send(new GetSecretValueCommand({ SecretId: secretId }));
  let value: unknown;
  try {
    value = JSON.parse(SecretString ?? '');
  } catch {
    throw new SettingsError(what, 'is not JSON');
  }
  return check(schema, what, value);
}
