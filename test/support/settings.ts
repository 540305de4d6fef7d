import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import type { Settings } from '../../functions/wiring/settings.ts';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from './clients.ts';

/** Anonymizations wait for another person, and any Request may begin without a login: so that all states come up. */
export const askForApproval = (system: LocalSystem): Promise<void> =>
  changeSettings(system, { approval: { anonymize: 'required' }, login: { later: 'allowed' } });

/** Changes fields of `settings.json`, as an operator does. */
export async function changeSettings(system: LocalSystem, fields: Partial<z.input<typeof Settings>>): Promise<void> {
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const where = { Bucket: system.awsEnvironment.BUCKET!, Key: 'settings/settings.json' };
  const { Body } = await s3.send(new GetObjectCommand(where));
  const settings = JSON.parse(await Body!.transformToString()) as object;
  const changed = { ...settings, ...fields };
  await s3.send(new PutObjectCommand({ ...where, Body: JSON.stringify(changed), ContentType: 'application/json' }));
  s3.destroy();
}

/** Puts a secret into Secrets Manager, as an operator does. */
export async function createSecret(system: LocalSystem, Name: string, value: object): Promise<void> {
  const client = new SecretsManagerClient(clientOf(system, 'SECRETS_MANAGER'));
  await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
  client.destroy();
}
