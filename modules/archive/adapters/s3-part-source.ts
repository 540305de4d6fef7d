import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { GdprError, StorageUnavailableError } from '../../common/errors.ts';
import { runLimited } from '../../common/run-limited.ts';
import { PartDamagedError } from '../errors.ts';
import type { Segment } from '../layout.ts';
import { fill, type PartRead, planReads } from '../upload-parts.ts';

/** Answers for an object that is missing, different or shorter. */
const NOT_AS_COMMITTED = ['NoSuchKey', 'PreconditionFailed', 'InvalidRange', 'InvalidArgument', 'InvalidRequest'];

/** The error for a failed read or copy of a Part: the Part is damaged, or the store does not answer. */
export function partFailure(error: unknown, partKey: string): unknown {
  const damaged = error instanceof S3ServiceException && NOT_AS_COMMITTED.includes(error.name);
  return damaged ? new PartDamagedError(partKey) : storeFailure(error);
}

/** `StorageUnavailableError` if a later try may succeed; else the error itself. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof GdprError) return error;
  const status = statusOf(error);
  const conflict = status === 409; // another conditional write of the same key was under way
  const unanswered = status === undefined && isNetworkFailure(error);
  const busy = conflict || (status !== undefined && (status >= 500 || status === 429));
  return busy || unanswered ? new StorageUnavailableError({ cause: error }) : error;
}

export const isPreconditionFailed = (error: unknown): boolean => statusOf(error) === 412;

/** There is no such object. 403: the same, when the role may not list. */
export const isMissing = (error: unknown): boolean => statusOf(error) === 404 || statusOf(error) === 403;

/** For `catch`: a missing object becomes `undefined`, any other error is thrown again. */
export const unlessMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
};

export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** System errors carry a `code` in capitals (`ECONNRESET`), other than Node's own (`ERR_...`); the client names its own `TimeoutError`. */
const isNetworkFailure = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || /^E(?!RR_)[A-Z]+$/.test(String((error as { code?: string }).code)));

const READS_AT_ONCE = 4;
/** Maximum tries of a read whose body breaks off. The client itself retries only before the first byte. */
const MAX_TRIES = 3;

type PartSource = { readonly s3: S3Client; readonly bucket: string; readonly signal: AbortSignal };

/** Fetches small pieces of Parts and joins them with other bytes. @throws {PartDamagedError | StorageUnavailableError} */
export async function joinPieces(pieces: readonly Segment[], joined: Buffer, source: PartSource): Promise<void> {
  let at = 0;
  for (const piece of pieces) {
    if ('bytes' in piece) piece.bytes.copy(joined, at);
    at += 'bytes' in piece ? piece.bytes.length : piece.byteLength;
  }
  await runLimited(planReads(pieces), READS_AT_ONCE, async (read) => {
    await fill(joined, read, (bytes) => fetchPart(read, bytes, source));
  });
}

async function fetchPart({ partKey, partETag, offset, byteLength }: PartRead, into: Buffer, source: PartSource) {
  const { s3, bucket, signal } = source;
  const Range = `bytes=${offset}-${offset + byteLength - 1}`;
  for (let left = MAX_TRIES; ; left--) {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: partKey, Range, IfMatch: partETag });
      const { Body } = await s3.send(command, { abortSignal: signal });
      let at = 0;
      for await (const chunk of Body as AsyncIterable<Buffer>) at += chunk.copy(into, at);
      if (at !== byteLength) throw new PartDamagedError(partKey);
      return;
    } catch (error) {
      const failure = signal.aborted ? signal.reason : partFailure(error, partKey);
      if (!(failure instanceof StorageUnavailableError) || left === 1) throw failure;
    }
  }
}

/** Ends the unfinished uploads under a prefix; harmless when one has ended meanwhile. */
export async function abortUploads(s3: S3Client, bucket: string, prefix: string): Promise<void> {
  let page: Partial<ListMultipartUploadsCommandOutput> = {};
  do {
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    const from = KeyMarker && { KeyMarker, UploadIdMarker };
    page = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...from }));
    for (const { Key = '', UploadId } of page.Uploads ?? []) {
      await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch((error) => {
        if (statusOf(error) !== 404) throw error;
      });
    }
  } while (page.IsTruncated && page.NextKeyMarker);
}
