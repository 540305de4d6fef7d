import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from './clients.ts';
import { runAs } from './portal.ts';

/** Everything that a system keeps, read with every right but that to use the keys of KMS. */
export async function everything(system: LocalSystem): Promise<Record<string, string>> {
  const env = system.awsEnvironment;
  const dynamo = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  const scan = async (TableName: string) => {
    const { Items = [] } = await DynamoDBDocumentClient.from(dynamo).send(new ScanCommand({ TableName }));
    return JSON.stringify(Items, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    );
  };
  const s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: env.BUCKET! }));
  const objects = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: env.BUCKET!, Key: Key! }));
      return `${Key}\n${await Body!.transformToString('latin1')}`;
    }),
  );
  const ledger = await runAs(system.portal, 'owner', 'SELECT r::text FROM gdpr.anonymization_run r');
  const kept = {
    requests: await scan(env.REQUESTS_TABLE!),
    audit: await scan(env.AUDIT_TABLE!),
    sealed: await scan(env.SEALED_TABLE!),
    bucket: objects.join('\n'),
    log: await readFile(system.logFile, 'utf8'),
    executions: await readFile(system.executionsFile, 'utf8'),
    ledger: JSON.stringify(ledger),
  };
  dynamo.destroy();
  s3.destroy();
  return kept;
}
