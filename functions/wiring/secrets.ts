import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { readSecret } from '../../modules/common/adapters/secrets.ts';
import { check, once } from './environment.ts';

const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient());

/** Reads a secret and parses it. @param what names it in errors @throws {SettingsError} */
export const readChecked = async <T>(schema: z.ZodType<T>, what: string, secretId: string): Promise<T> =>
  check(schema, what, await readSecret(secretsManager(), secretId, what));
