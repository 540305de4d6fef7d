import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from './clients.ts';

/** Anonymizations wait for another person, and any Request may begin without a login: so that all states come up. */
export async function askForApproval(system: LocalSystem): Promise<void> {
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const where = { Bucket: system.awsEnvironment.BUCKET!, Key: 'settings/settings.json' };
  const { Body } = await s3.send(new GetObjectCommand(where));
  const settings = JSON.parse(await Body!.transformToString()) as object;
  const changed = { ...settings, approval: { anonymize: 'required' }, login: { later: 'allowed' } };
  await s3.send(new PutObjectCommand({ ...where, Body: JSON.stringify(changed), ContentType: 'application/json' }));
  s3.destroy();
}
