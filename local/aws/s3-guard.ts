import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { BuildAppOptions, buildApp } from 'fauxqs';
import { type Refusal, refuseUnsigned } from './s3-signature.ts';

type App = ReturnType<typeof buildApp>;
type Store = NonNullable<NonNullable<BuildAppOptions['stores']>['s3Store']>;

/** Uploads under way, which the store keeps to itself. */
interface StoreInside {
  readonly multipartUploads: ReadonlyMap<
    string,
    {
      readonly uploadId: string;
      readonly bucket: string;
      readonly key: string;
      readonly initiated: Date;
      readonly parts: ReadonlyMap<number, { readonly body: Buffer; readonly etag: string }>;
    }
  >;
}

/** Response headers that a signed link may set. */
const OVERRIDES = ['content-type', 'content-disposition', 'cache-control', 'content-language', 'expires'];

/**
 * Makes the local S3 as strict as S3 where the library is not: signatures and the life of links, `If-None-Match: *`,
 * `x-amz-copy-source-if-match`, checksums, `response-*` parameters, CORS; and lists unfinished uploads and their parts.
 * @param origins whose pages may read answers
 */
export function guardObjects(app: App, store: Store, origins: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    const known = origin !== undefined && origins.includes(origin);
    if (known) reply.headers({ 'access-control-allow-origin': origin, vary: 'Origin' });
    if (request.method === 'OPTIONS') return known ? allow(reply) : refuse(reply, request.method, CORS_REFUSAL);
    const { method, url = '/', headers } = request.raw;
    const refusal = await refuseUnsigned({ method: method ?? 'GET', url, headers }, new Date());
    if (refusal) return refuse(reply, request.method, refusal);
  });

  app.addHook('preHandler', (request, reply, done) => {
    const query = request.query as Readonly<Record<string, string>>;
    const { bucket = '', '*': key = '' } = request.params as { bucket?: string; '*'?: string };
    const head = (name: string) => request.headers[name] as string | undefined;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (request.method === 'GET' && key === '' && 'uploads' in query) {
      reply.type('application/xml').send(listUploads(store, bucket, query.prefix ?? ''));
      return;
    }
    if (request.method === 'GET' && key !== '' && query.uploadId !== undefined) {
      const parts = listParts(store, query.uploadId, Number(query['part-number-marker'] ?? 0));
      if (parts === undefined) refuse(reply, request.method, NO_UPLOAD);
      else reply.type('application/xml').send(parts);
      return;
    }
    const refusal =
      wrongBody(head, body) ??
      wrongSource(head, store) ??
      wrongWhole(head, query, store) ??
      taken(head, bucket, key, store);
    if (refusal) refuse(reply, request.method, refusal);
    else done();
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const query = request.query as Readonly<Record<string, string>>;
    if (request.method === 'GET' && reply.statusCode < 300) {
      for (const name of OVERRIDES) {
        const value = query[`response-${name}`];
        if (value) reply.header(name, value);
      }
    }
    done(null, payload);
  });
}

type Header = (name: string) => string | undefined;
type Reply = {
  status(code: number): Reply;
  type(type: string): Reply;
  headers(all: Record<string, string>): Reply;
  send(body?: string): unknown;
};

const CORS_REFUSAL: Refusal = { status: 403, code: 'AccessForbidden', message: 'This origin is not allowed' };

const allow = (reply: Reply) =>
  reply
    .headers({ 'access-control-allow-methods': 'GET, HEAD', 'access-control-allow-headers': '*' })
    .status(200)
    .send();

function refuse(reply: Reply, method: string, { status, code, message }: Refusal): unknown {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return method === 'HEAD' ? reply.status(status).send() : reply.status(status).type('application/xml').send(xml);
}

function wrongBody(head: Header, body: Buffer): Refusal | undefined {
  const sha256 = head('x-amz-content-sha256') ?? '';
  if (/^[0-9a-f]{64}$/.test(sha256) && createHash('sha256').update(body).digest('hex') !== sha256) {
    return { status: 400, code: 'XAmzContentSHA256Mismatch', message: 'The body is not the one that was signed' };
  }
  const given = head('x-amz-checksum-crc32');
  const own = head('x-amz-mp-object-size') === undefined && body.length > 0; // else it is of the object to be completed
  return given && own && given !== inBase64(crc32(body)) ? BAD_DIGEST : undefined;
}

const BAD_DIGEST: Refusal = { status: 400, code: 'BadDigest', message: 'The checksum does not match' };
const FAILED: Refusal = {
  status: 412,
  code: 'PreconditionFailed',
  message: 'A condition of the request does not hold',
};

/** The source of a copy is not the object that was meant. */
function wrongSource(head: Header, store: Store): Refusal | undefined {
  const expected = head('x-amz-copy-source-if-match');
  const source = head('x-amz-copy-source');
  if (expected === undefined || source === undefined) return undefined;
  const [, bucket = '', key = ''] = /^\/?([^/]+)\/(.*)$/s.exec(decodeURIComponent(source)) ?? [];
  const found = find(store, bucket, key);
  return found && bare(found.etag) !== bare(expected) ? FAILED : undefined;
}

/** What was uploaded is not the object that was meant. */
function wrongWhole(head: Header, query: Readonly<Record<string, string>>, store: Store): Refusal | undefined {
  const size = head('x-amz-mp-object-size');
  const upload = (store as unknown as StoreInside).multipartUploads.get(query.uploadId ?? '');
  if (size === undefined || !upload) return undefined;
  const bodies = [...upload.parts].sort(([a], [b]) => a - b).map(([, { body }]) => body);
  const given = head('x-amz-checksum-crc32');
  if (given && given !== inBase64(bodies.reduce((crc, body) => crc32(body, crc), 0))) return BAD_DIGEST;
  const total = bodies.reduce((sum, { length }) => sum + length, 0);
  return total === Number(size)
    ? undefined
    : { status: 400, code: 'InvalidRequest', message: 'The size is another one' };
}

/** `If-None-Match: *` is about the object that is to be made. */
const taken = (head: Header, bucket: string, key: string, store: Store): Refusal | undefined =>
  head('if-none-match') === '*' && head('x-amz-copy-source') === undefined && find(store, bucket, key)
    ? FAILED
    : undefined;

function find(store: Store, bucket: string, key: string): { readonly etag: string } | undefined {
  try {
    return store.headObject(bucket, key);
  } catch {
    return undefined; // the library says for itself what is not there
  }
}

function listUploads(store: Store, bucket: string, prefix: string): string {
  const uploads = [...(store as unknown as StoreInside).multipartUploads.values()]
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
    .map(
      ({ key, uploadId, initiated }) =>
        `<Upload><Key>${key.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Key><UploadId>${uploadId}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
    );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>false</IsTruncated>${uploads.join('')}</ListMultipartUploadsResult>`;
}

const NO_UPLOAD: Refusal = { status: 404, code: 'NoSuchUpload', message: 'There is no such upload' };
/** As many as S3 lists at once. */
const MAX_LISTED_PARTS = 1000;

function listParts(store: Store, uploadId: string, after: number): string | undefined {
  const upload = (store as unknown as StoreInside).multipartUploads.get(uploadId);
  if (!upload) return undefined;
  const left = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
  const listed = left.slice(0, MAX_LISTED_PARTS);
  const parts = listed.map(
    ([number, { body, etag }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag><Size>${body.length}</Size></Part>`,
  );
  const next = `<NextPartNumberMarker>${listed.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListPartsResult><UploadId>${uploadId}</UploadId>${next}<IsTruncated>${left.length > listed.length}</IsTruncated>${parts.join('')}</ListPartsResult>`;
}

const bare = (etag: string): string => etag.replaceAll('"', '');

const inBase64 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
};
