import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { AttemptFrame, PartIndex } from '../fragment.ts';
import type { FragmentSink, PartStore } from '../ports.ts';
import { abortUploads, isPreconditionFailed, unlessMissing } from './s3-part-source.ts';

const READ_AT_ONCE = 16;

const padded = (seq: number): string => String(seq).padStart(6, '0');

/** Parts under `parts/<requestId>/<attempt>/`: `frame.json`, and `<source>/<seq>/` with `fragments-<random>` and `index.json`. */
export function s3PartStore(s3: S3Client, bucket: string): PartStore {
  const prefix = (requestId: string, attempt: number) => `parts/${requestId}/${attempt}/`;

  const readJson = async <T>(Key: string): Promise<T> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return JSON.parse(await Body!.transformToString()) as T;
  };
  const writeJson = (Key: string, value: unknown, conditions: { readonly IfNoneMatch?: '*' } = {}) => {
    const document = { Body: JSON.stringify(value), ContentType: 'application/json' };
    return s3.send(new PutObjectCommand({ Bucket: bucket, Key, ...document, ...conditions }));
  };
  async function* list(Prefix: string): AsyncGenerator<string> {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix }))
      for (const { Key } of Contents) yield Key!;
  }

  return {
    openSink(requestId, attempt, sourceId, seq) {
      const partKey = `${prefix(requestId, attempt)}${sourceId}/${padded(seq)}/fragments-${randomUUID()}`;
      return multipartSink(s3, bucket, partKey);
    },
    async putIndex(requestId, attempt, index) {
      const key = `${prefix(requestId, attempt)}${index.sourceId}/${padded(index.seq)}/index.json`;
      try {
        await writeJson(key, index, { IfNoneMatch: '*' });
        return true;
      } catch (error) {
        if (!isPreconditionFailed(error)) throw error;
        const committed = await readJson<unknown>(key); // this index, when the answer to an earlier try was lost
        return isDeepStrictEqual(committed, JSON.parse(JSON.stringify(index)));
      }
    },
    async listIndexes(requestId, attempt, sourceId) {
      const under = prefix(requestId, attempt) + (sourceId === undefined ? '' : `${sourceId}/`);
      const keys = (await Array.fromAsync(list(under))).filter((key) => key.endsWith('/index.json')).sort();
      const indexes: PartIndex[] = [];
      for (let at = 0; at < keys.length; at += READ_AT_ONCE)
        indexes.push(...(await Promise.all(keys.slice(at, at + READ_AT_ONCE).map((key) => readJson<PartIndex>(key)))));
      return indexes;
    },
    async putFrame(requestId, attempt, frame) {
      await writeJson(`${prefix(requestId, attempt)}frame.json`, frame);
    },
    getFrame: (requestId, attempt) => readJson<AttemptFrame>(`${prefix(requestId, attempt)}frame.json`),
    async newestFrame(requestId, attempt) {
      for (let each = attempt; each > 0; each -= 1) {
        const frame = await this.getFrame(requestId, each).catch(unlessMissing);
        if (frame) return frame;
      }
      return undefined;
    },
    async deleteParts(requestId, attempt) {
      const under = attempt === undefined ? `parts/${requestId}/` : prefix(requestId, attempt);
      const keys = await Array.fromAsync(list(under));
      for (let at = 0; at < keys.length; at += 1000) {
        const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
        await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
      }
      if (attempt === undefined) await abortUploads(s3, bucket, under); // a worker that goes on cleans up its own attempt
    },
  };
}

/** Size of each part except the last, bytes; S3 requires at least 5 MiB. */
const PART_BYTES = 8 * 1024 * 1024;

const KIND = { ContentType: 'application/octet-stream' };

/** Writes one object of unknown length in parts. It exists only after `close`. */
function multipartSink(s3: S3Client, bucket: string, partKey: string): FragmentSink {
  const target = { Bucket: bucket, Key: partKey };
  const parts: { ETag: string; PartNumber: number }[] = [];
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let UploadId: string | undefined;
  const upload = async (Body: Buffer): Promise<void> => {
    UploadId ??= (await s3.send(new CreateMultipartUploadCommand({ ...target, ...KIND }))).UploadId!;
    const PartNumber = parts.length + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
    parts.push({ ETag: ETag!, PartNumber });
  };
  return {
    partKey,
    async write(bytes) {
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes < PART_BYTES) return;
      const joined = Buffer.concat(waiting);
      let at = 0;
      for (; joined.length - at >= PART_BYTES; at += PART_BYTES) await upload(joined.subarray(at, at + PART_BYTES));
      waiting = [joined.subarray(at)];
      waitingBytes = joined.length - at;
    },
    async close() {
      const rest = Buffer.concat(waiting);
      waiting = [];
      if (UploadId === undefined)
        return (await s3.send(new PutObjectCommand({ ...target, ...KIND, Body: rest }))).ETag!;
      if (rest.length > 0) await upload(rest);
      const whole = { ...target, UploadId, MultipartUpload: { Parts: parts } };
      const { ETag } = await s3.send(new CompleteMultipartUploadCommand(whole));
      UploadId = undefined;
      return ETag || (await s3.send(new HeadObjectCommand(target))).ETag!; // radosgw 16 returns none here
    },
    async abort() {
      waiting = [];
      if (UploadId !== undefined) await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      UploadId = undefined;
    },
  };
}
