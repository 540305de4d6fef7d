import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { readSecret } from '../../modules/common/adapters/secrets.ts';
import { check } from './check.ts';
import { once } from './lazy.ts';

const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient());

/** A secret of this form. @param what it is, for errors @throws {SettingsError} */
export const readChecked = async <T>(schema: z.ZodType<T>, what: string, secretId: string): Promise<T> =>
  check(schema, what, await readSecret(secretsManager(), secretId, what));
