import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

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
  const listeners = library.listeners('request') as RequestListener[];
  library.removeAllListeners('request');
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    for (const listener of listeners) listener.call(library, request, response);
  };
  library.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers['x-amz-target'] !== `${TARGET}.ExecuteStatement`) return pass(request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      nameDuplicates(response);
      pass(asPut(request, Buffer.concat(chunks)), response);
    });
  });
}

/** Any other statement reaches the library as it is, which refuses it. */
function asPut({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage {
  const { Statement, Parameters = [] } = JSON.parse(body.toString()) as { Statement: string; Parameters?: unknown[] };
  const insert = insertIn(Statement);
  const Item = Object.fromEntries((insert?.names ?? []).map((name, at) => [name, Parameters[at]]));
  const put = JSON.stringify({ TableName: insert?.table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
  const told = insert ? { ...headers, 'x-amz-target': `${TARGET}.PutItem` } : headers;
  return Object.assign(Readable.from([Buffer.from(put)]), { method, url, headers: told }) as unknown as IncomingMessage;
}

/** What an answer calls a condition that is not met is a duplicate to who inserts. */
function nameDuplicates(response: ServerResponse): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body = '') => {
    const text = String(body).replace('ConditionalCheckFailedException', 'DuplicateItemException');
    response.removeHeader('x-amz-crc32');
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
}
