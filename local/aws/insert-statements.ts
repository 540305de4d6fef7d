import type { Server, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Instead, replayed, takePlace } from './stand-between.ts';

const TARGET = 'DynamoDB_20120810';

/** The table and the names of the attributes of an `INSERT`, in the form in which the product writes it; of nothing else. */
export function insertIn(statement: string): { readonly table: string; readonly names: readonly string[] } | undefined {
  const [, table, fields = ''] = /^INSERT INTO "([\w.-]+)" VALUE \{(.*)\}$/.exec(statement) ?? [];
  return table === undefined
    ? undefined
    : { table, names: [...fields.matchAll(/'(\w+)': \?/g)].map(([, name]) => name!) };
}

/**
 * The library knows no PartiQL. An `INSERT` reaches it as a put of an item that must not be there, which is what it means.
 * Source: DynamoDB developer guide, "PartiQL insert statements": an item of the same key gives `DuplicateItemException`.
 */
export function takeInserts(library: Server): void {
  takePlace(library, (pass) => async (request, response) => {
    if (request.headers['x-amz-target'] !== `${TARGET}.ExecuteStatement`) return pass(request, response);
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return; // the caller has gone
    nameDuplicates(response);
    pass(replayed(request, { body, ...asPut(body) }), response);
  });
}

/** Nothing for any other statement: the library refuses it. */
function asPut(body: Buffer): Instead | undefined {
  const { Statement, Parameters = [] } = JSON.parse(body.toString()) as { Statement: string; Parameters?: unknown[] };
  const insert = insertIn(Statement);
  if (!insert) return undefined;
  const Item = Object.fromEntries(insert.names.map((name, at) => [name, Parameters[at]]));
  const put = JSON.stringify({ TableName: insert.table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
  return { body: Buffer.from(put), target: `${TARGET}.PutItem` };
}

/** A condition that is not met is reported to the inserting caller as a duplicate. */
function nameDuplicates(response: ServerResponse): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body = '') => {
    const text = String(body).replace('ConditionalCheckFailedException', 'DuplicateItemException');
    response.removeHeader('x-amz-crc32');
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
}
