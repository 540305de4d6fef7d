import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import type { Settings } from '../../functions/wiring/settings.ts';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from './clients.ts';

/** Anonymizations wait for another person, and any Request may begin without a login: so that all states come up. */
export const askForApproval = (system: LocalSystem): Promise<object> =>
  changeSettings(system, { approval: { anonymize: 'required' }, login: { later: 'allowed' } });

/** Changes fields of `settings.json`, as an operator does. */
export const changeSettings = (system: LocalSystem, fields: Partial<z.input<typeof Settings>>): Promise<object> =>
  changeDocument(system, 'settings.json', (settings) => ({ ...settings, ...fields }));

/** Changes a document of the settings. @returns what it was */
export async function changeDocument(
  system: LocalSystem,
  name: string,
  change: (document: object) => object,
): Promise<object> {
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const where = { Bucket: system.awsEnvironment.BUCKET!, Key: `settings/${name}` };
  const { Body } = await s3.send(new GetObjectCommand(where));
  const document = JSON.parse(await Body!.transformToString()) as object;
  const changed = JSON.stringify(change(document));
  await s3.send(new PutObjectCommand({ ...where, Body: changed, ContentType: 'application/json' }));
  s3.destroy();
  return document;
}

/** Puts a secret into Secrets Manager, as an operator does. */
export async function createSecret(system: LocalSystem, Name: string, value: object): Promise<void> {
  const client = new SecretsManagerClient(clientOf(system, 'SECRETS_MANAGER'));
  await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
  client.destroy();
}
