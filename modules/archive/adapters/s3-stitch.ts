import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { StorageUnavailableError } from '../../common/errors.ts';
import { runLimited } from '../../common/run-limited.ts';
import type { PartRange } from '../layout.ts';
import type { ArchiveUpload } from '../ports.ts';
import type { ArchivePart } from '../upload-parts.ts';
import { joinPieces, partFailure, storeFailure, unlessMissing } from './s3-part-source.ts';

const COPIES_AT_ONCE = 32;
/** Maximum bytes of joined parts in memory; one part is under 10 MiB unless there are over 10,000 of them. */
const JOINED_BYTES_AT_ONCE = 12 * 1024 * 1024;

/** `application/gzip`, and never a `Content-Encoding`: browsers would unpack it (docs/decisions/0007). */
const ARCHIVE_KIND = { ContentType: 'application/gzip', ContentDisposition: 'attachment; filename="gdpr-data.tar.gz"' };

type Place = Pick<Upload, 'Bucket' | 'Key'>;

export const noteOf = ({ Bucket, Key }: Place) => ({ Bucket, Key: Key.replace(/[^/]+$/, 'upload.json') });

/**
 * Makes one object from planned parts: a small archive with one put, others as a multipart upload, which continues that of an earlier
 * try. S3 checks CRC-32 and size, and makes it only if the key is free. @returns false when time ran out; the next try continues
 * @throws the error of S3. The upload is aborted, unless a later try may succeed
 */
export async function stitch(
  s3: S3Client,
  place: Place,
  { parts, byteLength, crc32 }: ArchiveUpload,
  mayGoOn: () => Promise<void>,
  signal: AbortSignal,
  mayStart: () => boolean,
): Promise<boolean> {
  const note = noteOf(place);
  const target = { ...place, ...ARCHIVE_KIND, Metadata: { crc32: String(crc32) } };
  const until = { abortSignal: signal };

  /** The upload of an earlier try with the same plan; else a new one. A note beside the archive names it and its plan. */
  const openUpload = async (): Promise<Upload> => {
    // hash of the bytes and of the cut: another plan cannot use the parts
    const cut = JSON.stringify([crc32, parts.map((part) => part.byteLength)]);
    const plan = createHash('sha256').update(cut).digest('hex');
    const answer = await s3.send(new GetObjectCommand(note), until).catch(unlessMissing);
    const found = answer && (JSON.parse(await answer.Body!.transformToString()) as { uploadId: string; plan: string });
    if (found?.plan === plan) return { ...place, UploadId: found.uploadId };
    if (found) await abandon({ ...place, UploadId: found.uploadId });
    const kind = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...kind }), until);
    const Body = JSON.stringify({ uploadId: UploadId!, plan });
    await s3.send(new PutObjectCommand({ ...note, ContentType: 'application/json', Body }), until);
    return { ...place, UploadId: UploadId! };
  };

  /** Ends an upload, which may have ended already, and its note. */
  const abandon = async (upload: Upload): Promise<void> => {
    await s3.send(new AbortMultipartUploadCommand(upload)).catch(unlessMissing);
    await s3.send(new DeleteObjectCommand(note));
  };

  /** What earlier tries have sent, by place; nothing at places that are missing. */
  const listSent = async (upload: Upload): Promise<(CompletedPart | undefined)[]> => {
    const sent = parts.map((): CompletedPart | undefined => undefined);
    let page: Partial<ListPartsCommandOutput> = {};
    do {
      const { NextPartNumberMarker: PartNumberMarker } = page;
      page = await s3.send(new ListPartsCommand({ ...upload, ...(PartNumberMarker && { PartNumberMarker }) }), until);
      for (const { PartNumber = 0, ETag, ChecksumCRC32, Size } of page.Parts ?? []) {
        const isPlanned = parts[PartNumber - 1]?.byteLength === Size;
        if (isPlanned) sent[PartNumber - 1] = { PartNumber, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }) };
      }
    } while (page.IsTruncated); // the marker alone does not tell: S3 may name one on the last page
    return sent;
  };

  const crcOfS3 = Buffer.from(crc32.toString(16).padStart(8, '0'), 'hex').toString('base64');
  const checks = { IfNoneMatch: '*', ChecksumCRC32: crcOfS3 };
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'materialise') {
    await mayGoOn();
    const Body = Buffer.allocUnsafe(byteLength);
    await joinPieces(only.pieces, Body, { s3, bucket: place.Bucket, signal });
    await s3.send(new PutObjectCommand({ ...target, ...checks, Body }), until);
    return true;
  }
  const upload = await openUpload();
  try {
    const sent = await listSent(upload);
    const before = sent.filter(Boolean).length;
    await sendAll(s3, parts, sent, upload, mayGoOn, mayStart, signal);
    const Parts = sent.filter((part) => part !== undefined);
    if (Parts.length < parts.length || !mayStart()) {
      // without any progress another call would not help either
      if (Parts.length === before) throw new StorageUnavailableError({ cause: new Error('no part was sent in time') });
      return false;
    }
    const whole = { ...checks, ChecksumType: 'FULL_OBJECT', MpuObjectSize: byteLength } as const;
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, ...whole, MultipartUpload: { Parts } }), until);
    await s3.send(new DeleteObjectCommand(note));
    return true;
  } catch (error) {
    const mayContinue = signal.aborted || storeFailure(error) instanceof StorageUnavailableError;
    if (!mayContinue) await abandon(upload).catch(() => {}); // the first failure matters
    throw error;
  }
}

/** Copies and joins what is missing in `done`, in parallel. When time runs out, or one fails, running requests are finished. */
async function sendAll(
  s3: S3Client,
  parts: readonly ArchivePart[],
  done: (CompletedPart | undefined)[],
  upload: Upload,
  mayGoOn: () => Promise<void>,
  mayStart: () => boolean,
  outer: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  /** Buffers of sent parts, for reuse: the garbage collector would keep dozens of them. */
  const spare: Buffer[] = [];
  const longest = Math.max(...parts.map(({ kind, byteLength }) => (kind === 'materialise' ? byteLength : 1)));
  const send = async (part: ArchivePart, PartNumber: number): Promise<CompletedPart> => {
    if (part.kind === 'copy') return copy(s3, part.range, { ...upload, PartNumber }, signal);
    const buffer = spare.pop() ?? Buffer.allocUnsafe(longest);
    const Body = buffer.subarray(0, part.byteLength);
    await joinPieces(part.pieces, Body, { s3, bucket: upload.Bucket, signal });
    const sent = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }), { abortSignal: signal });
    spare.push(buffer);
    return { ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 };
  };
  const numbered = parts
    .map((part, index) => ({ part, PartNumber: index + 1 }))
    .filter(({ PartNumber }) => !done[PartNumber - 1]);
  const sendThese = async (kind: ArchivePart['kind'], limit: number) => {
    const these = numbered.filter(({ part }) => part.kind === kind);
    await runLimited(these, limit, async ({ part, PartNumber }) => {
      signal.throwIfAborted();
      if (!mayStart()) return;
      await mayGoOn();
      done[PartNumber - 1] = { ...(await send(part, PartNumber)), PartNumber };
    }).catch((error) => {
      stop.abort(error);
      throw error;
    });
  };
  const joinsAtOnce = Math.max(1, Math.floor(JOINED_BYTES_AT_ONCE / longest));
  const outcomes = await Promise.allSettled([
    sendThese('materialise', Math.min(joinsAtOnce, 4)),
    sendThese('copy', COPIES_AT_ONCE),
  ]);
  if (outcomes.some(({ status }) => status === 'rejected')) throw signal.reason;
}

async function copy(s3: S3Client, range: PartRange, to: Upload & { readonly PartNumber: number }, signal: AbortSignal) {
  const command = new UploadPartCopyCommand({
    ...to,
    CopySource: `${to.Bucket}/${encodeURI(range.partKey)}`,
    CopySourceRange: `bytes=${range.offset}-${range.offset + range.byteLength - 1}`,
    CopySourceIfMatch: range.partETag,
  });
  try {
    const { CopyPartResult } = await s3.send(command, { abortSignal: signal });
    return { ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 };
  } catch (error) {
    throw signal.aborted ? signal.reason : partFailure(error, range.partKey);
  }
}

type Upload = { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
