import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { insertIn } from './insert-statements.ts';
import { ACCOUNT, functionOfKey, REGION } from './names.ts';
import { accessKeyIn } from './s3-signature.ts';

/** One right that one call of a function needed, with the condition keys that AWS gives to the policies. */
export interface AwsCall {
  /** Name of the function. */
  readonly by: string;
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** ARN with the names of the stand-ins. */
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
  /** S3 had no such object: a role that may not list is refused instead. */
  readonly missing?: true;
}

type Needs = Omit<AwsCall, 'by'>;

/** Ids and hashes: calls that differ in them alone are one. */
const DRAWN = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w+=-]{40,}/g;

/** Writes down what the functions ask of the stand-ins. A call is known by its access key; tests have another. */
export class CallRecorder {
  /** Reads along in every system that is started without one of its own: set while a whole suite is recorded. */
  static everywhere: CallRecorder | undefined;
  readonly #calls = new Map<string, AwsCall>();

  /** One of each different call. */
  get calls(): readonly AwsCall[] {
    return [...this.#calls.values()];
  }

  /** Reads along; the server finds every request as it came. */
  listenTo(server: Server): void {
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      const by = callerOf(request);
      if (by === undefined) return;
      const body = tapped(request);
      response.once('close', () => {
        for (const call of callsOf(by, request, Buffer.concat(body), response.statusCode)) this.#add(call);
      });
    });
  }

  /** Takes over what another one has written down. */
  take(calls: readonly AwsCall[]): void {
    for (const call of calls) this.#add(call);
  }

  #add(call: AwsCall): void {
    const like = JSON.stringify(call).replaceAll(DRAWN, '*');
    if (!this.#calls.has(like)) this.#calls.set(like, call);
  }
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://stand-in');

/** The function that signed a request, or whose link is followed. */
export function callerOf(request: IncomingMessage): string | undefined {
  const credential = urlOf(request).searchParams.get('X-Amz-Credential') ?? undefined;
  return functionOfKey(accessKeyIn(request.headers.authorization, credential));
}

/** The rights that one request needs. @param status of the answer, 200 while there is none */
export const callsOf = (by: string, request: IncomingMessage, body: Buffer, status = 200): AwsCall[] =>
  needsOf(request, urlOf(request), body, status).map((needs) => ({ by, ...needs }));

/** Chunks of a body, while another reads it: a listener of our own would start the stream too early. */
function tapped(request: IncomingMessage): Buffer[] {
  const chunks: Buffer[] = [];
  const emit = request.emit.bind(request) as (event: string | symbol, ...values: unknown[]) => boolean;
  request.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === 'data') chunks.push(values[0] as Buffer);
    return emit(event, ...values);
  };
  return chunks;
}

function needsOf(request: IncomingMessage, url: URL, body: Buffer, status: number): Needs[] {
  const target = request.headers['x-amz-target'];
  if (target === undefined) return objectNeeds(request, url, body, status);
  const [service = '', action = ''] = String(target).split('.');
  const input = JSON.parse(body.toString()) as JsonInput;
  if (service === 'DynamoDB_20120810') return [itemNeed(action, input)];
  if (service === 'TrentService') return [keyNeed(action, input)];
  if (service === 'secretsmanager')
    return [{ action: `${service}:${action}`, resource: secretArn(input), context: {} }];
  const resource = String(input.executionArn ?? input.stateMachineArn);
  return [{ action: `states:${action}`, resource, context: {} }];
}

type JsonInput = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, { readonly S?: string }>>;

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const secretArn = ({ SecretId }: JsonInput) => arn('secretsmanager', `secret:${SecretId}`);

function itemNeed(action: string, input: JsonInput): Needs {
  if (action === 'ExecuteStatement') {
    const table = `table/${insertIn(String(input.Statement))?.table}`;
    return { action: 'dynamodb:PartiQLInsert', resource: arn('dynamodb', table), context: {} };
  }
  const { pk } = (input.Key ?? input.Item ?? {}) as Attributes;
  const key = pk?.S ?? partitionOf(input);
  const index = input.IndexName === undefined ? '' : `/index/${input.IndexName}`;
  return {
    action: `dynamodb:${action}`,
    resource: arn('dynamodb', `table/${input.TableName}${index}`),
    context: key === undefined ? {} : { 'dynamodb:LeadingKeys': [key] },
  };
}

/** Partition key that a query names: the first equation of its key condition. */
function partitionOf(input: JsonInput): string | undefined {
  const value = /=\s*(:\w+)/.exec(String(input.KeyConditionExpression ?? ''))?.[1];
  return value === undefined ? undefined : (input.ExpressionAttributeValues as Attributes)[value]?.S;
}

function keyNeed(action: string, input: JsonInput): Needs {
  const pairs = Object.entries((input.EncryptionContext ?? {}) as Record<string, string>);
  const context = Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]));
  const names = pairs.length > 0 && { 'kms:EncryptionContextKeys': pairs.map(([name]) => name) };
  return { action: `kms:${action}`, resource: arn('kms', `key/${input.KeyId}`), context: { ...context, ...names } };
}

/** Rights of a call of S3. Source: the service authorization reference of Amazon S3. */
function objectNeeds({ method, headers }: IncomingMessage, url: URL, body: Buffer, status: number): Needs[] {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(url.pathname)) ?? [];
  const { searchParams: query } = url;
  const need = (action: string, name = key): Needs => ({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${bucket}${name && `/${name}`}`,
    context: key === '' && query.has('prefix') ? { 's3:prefix': [query.get('prefix')!] } : {},
  });
  if (key === '') {
    if (method === 'POST' && query.has('delete')) return keysIn(body).map((name) => need('DeleteObject', name));
    return [need(query.has('uploads') ? 'ListBucketMultipartUploads' : 'ListBucket')];
  }
  if (method === 'GET' && query.has('uploadId')) return [need('ListMultipartUploadParts')];
  if (method === 'GET' || method === 'HEAD') {
    const read = need('GetObject');
    return status === 404 ? [read, { ...need('ListBucket', ''), missing: true }] : [read];
  }
  if (method === 'DELETE') return [need(query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject')];
  const source = headers['x-amz-copy-source'];
  const read = source ? [{ ...need('GetObject'), resource: `arn:aws:s3:::${bare(String(source))}` }] : [];
  return [need('PutObject'), ...read];
}

const bare = (source: string): string => decodeURIComponent(source).replace(/^\//, '').split('?')[0]!;

/** Keys of one call that deletes many objects. */
const keysIn = (body: Buffer): string[] =>
  [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!.replaceAll('&amp;', '&'));
