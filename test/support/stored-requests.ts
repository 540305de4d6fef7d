import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { LocalSystem } from '../../local/system.ts';
import { META, recordOf } from '../../modules/requests/adapters/dynamo-request-items.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import { isFinal, isWaiting } from '../../modules/requests/state-machine.ts';
import { clientOf } from './clients.ts';

/** Every Request of a system, whether or not an answer has ever told of it. */
export async function storedRequests(system: LocalSystem): Promise<RequestRecord[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
  const records: RequestRecord[] = [];
  const scan = { TableName: system.awsEnvironment.REQUESTS_TABLE!, ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client }, scan)) {
    records.push(...Items.filter(({ sk }) => sk === META).map(recordOf));
  }
  client.destroy();
  return records;
}

/**
 * What is wrong with Requests of which nothing is at work any more.
 * @param keyOf tells starts under one `Idempotency-Key` of a caller; nothing for a Request that none was remembered of
 */
export function faultsAtRest(
  records: readonly RequestRecord[],
  keyOf: (record: RequestRecord) => string | undefined,
): string[] {
  const stuck = records.filter(({ state }) => !isFinal(state) && !isWaiting(state));
  const byKey = Map.groupBy(records, keyOf);
  const twice = [...byKey].filter(([key, those]) => key !== undefined && those.length > 1);
  return [
    ...stuck.map(({ requestId, state }) => `${requestId} rests as ${state}`),
    ...twice.map(([, those]) => `started under one key: ${those.map(({ requestId }) => requestId)}`),
  ];
}
