import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { LocalSystem } from '../../local/system.ts';
import { clientOf } from '../support/clients.ts';

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** The stores of a system as they are, read past the product. */
export class Stores {
  readonly #documents: DynamoDBDocumentClient;
  readonly #s3: S3Client;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(system: LocalSystem) {
    this.#environment = system.awsEnvironment;
    const dynamo = new DynamoDBClient({ ...clientOf(system, 'DYNAMODB'), maxAttempts: 8 });
    this.#documents = DynamoDBDocumentClient.from(dynamo);
    this.#s3 = new S3Client({ ...clientOf(system, 'S3'), forcePathStyle: true, maxAttempts: 8 });
  }

  async items(table: 'REQUESTS_TABLE' | 'AUDIT_TABLE' | 'SEALED_TABLE'): Promise<Item[]> {
    const items: Item[] = [];
    const scan = { TableName: this.#environment[table]!, ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client: this.#documents }, scan))
      items.push(...(Items as Item[]));
    return items;
  }

  /** Sets fields of an item, as if time had passed. */
  async set({ pk, sk }: Item, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const names = Object.keys(fields);
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#environment.REQUESTS_TABLE!,
        Key: { pk, sk },
        UpdateExpression: `SET ${names.map((_, at) => `#f${at} = :f${at}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, at) => [`#f${at}`, name])),
        ExpressionAttributeValues: Object.fromEntries(names.map((name, at) => [`:f${at}`, fields[name]])),
      }),
    );
  }

  async objectKeys(): Promise<string[]> {
    const keys: string[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await this.#s3.send(
        new ListObjectsV2Command({ Bucket: this.#environment.BUCKET!, ...(token && { ContinuationToken: token }) }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
      token = page.NextContinuationToken;
    }
    return keys;
  }

  /** Uploads that were begun and neither ended nor given up. */
  async uploads(): Promise<string[]> {
    const { Uploads = [] } = await this.#s3.send(
      new ListMultipartUploadsCommand({ Bucket: this.#environment.BUCKET! }),
    );
    return Uploads.map(({ Key }) => Key!);
  }

  close(): void {
    this.#documents.destroy();
    this.#s3.destroy();
  }
}
