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
import { isMissing, joinPieces, partFailure, storeFailure } from './s3-part-source.ts';

/** Parallel copies inside S3. */
const COPIES_AT_ONCE = 32;
/** Maximum bytes of joined parts in memory; one part is under 10 MiB unless there are over 10,000 of them. */
const JOINED_BYTES_AT_ONCE = 12 * 1024 * 1024;

/** Key of the archive, and how it is served. */
interface StitchTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
  readonly ContentDisposition: string;
  readonly Metadata: Readonly<Record<string, string>>;
}

/** Where the note of an archive's upload is. */
export const noteOf = ({ Bucket, Key }: Pick<StitchTarget, 'Bucket' | 'Key'>) => ({
  Bucket,
  Key: Key.replace(/[^/]+$/, 'upload.json'),
});

const planOf = (parts: readonly ArchivePart[], crc32: number): string =>
  createHash('sha256')
    .update(JSON.stringify([crc32, parts.map(({ byteLength }) => byteLength)]))
    .digest('hex');

/** CRC-32 as S3 writes it. */
const inBase64 = (crc32: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32);
  return bytes.toString('base64');
};

/**
 * Makes one object from planned parts: a small archive with one put, others as a multipart upload. S3 checks the CRC-32 and
 * the size of the whole, and makes the object only if the key is free.
 */
export class Stitch {
  readonly #s3: S3Client;
  readonly #target: StitchTarget;
  /** Buffers of sent parts, for reuse: the garbage collector would keep dozens of them. */
  readonly #spare: Buffer[] = [];

  constructor(s3: S3Client, target: StitchTarget) {
    this.#s3 = s3;
    this.#target = target;
  }

  /**
   * Continues the upload of an earlier try, if there is one: the parts that it has sent are not sent again.
   * @param mayStart false when too little time is left for another part
   * @returns false when time ran out; the next try continues
   * @throws the error of S3. The upload is aborted, unless a later try may succeed
   */
  async run(
    { parts, byteLength, crc32 }: ArchiveUpload,
    mayGoOn: () => Promise<void>,
    signal: AbortSignal,
    mayStart: () => boolean,
  ): Promise<boolean> {
    const checks = { IfNoneMatch: '*', ChecksumCRC32: inBase64(crc32) };
    const [only] = parts;
    if (parts.length === 1 && only?.kind === 'materialise') {
      await mayGoOn();
      const Body = Buffer.allocUnsafe(byteLength);
      await joinPieces(only.pieces, Body, { s3: this.#s3, bucket: this.#target.Bucket, signal });
      await this.#s3.send(new PutObjectCommand({ ...this.#target, ...checks, Body }), { abortSignal: signal });
      return true;
    }
    const upload = await this.#openUpload(planOf(parts, crc32), signal);
    try {
      const sent = await this.#listSent(parts, upload, signal);
      const before = sent.filter(Boolean).length;
      await this.#sendAll(parts, sent, upload, mayGoOn, mayStart, signal);
      const Parts = sent.filter((part) => part !== undefined);
      if (Parts.length < parts.length || !mayStart()) {
        // without any progress another call would not help either
        if (Parts.length === before)
          throw new StorageUnavailableError({ cause: new Error('no part was sent in time') });
        return false;
      }
      const whole = { ...checks, ChecksumType: 'FULL_OBJECT', MpuObjectSize: byteLength } as const;
      const complete = new CompleteMultipartUploadCommand({ ...upload, ...whole, MultipartUpload: { Parts } });
      await this.#s3.send(complete, { abortSignal: signal });
      await this.#s3.send(new DeleteObjectCommand(noteOf(this.#target)));
      return true;
    } catch (error) {
      const mayContinue = signal.aborted || storeFailure(error) instanceof StorageUnavailableError;
      if (!mayContinue) await this.#abandon(upload).catch(() => {}); // the first failure matters
      throw error;
    }
  }

  /** The upload of an earlier try with the same plan; else a new one. A note beside the archive names it. */
  async #openUpload(plan: string, signal: AbortSignal): Promise<Upload> {
    const { Bucket, Key } = this.#target;
    const note = noteOf(this.#target);
    const found = await this.#readNote(signal);
    if (found?.plan === plan) return { Bucket, Key, UploadId: found.uploadId };
    if (found) await this.#abandon({ Bucket, Key, UploadId: found.uploadId });
    const kind = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const created = new CreateMultipartUploadCommand({ ...this.#target, ...kind });
    const { UploadId } = await this.#s3.send(created, { abortSignal: signal });
    const Body = JSON.stringify({ uploadId: UploadId!, plan } satisfies UploadNote);
    await this.#s3.send(new PutObjectCommand({ ...note, ContentType: 'application/json', Body }), {
      abortSignal: signal,
    });
    return { Bucket, Key, UploadId: UploadId! };
  }

  async #readNote(abortSignal: AbortSignal): Promise<UploadNote | undefined> {
    try {
      const { Body } = await this.#s3.send(new GetObjectCommand(noteOf(this.#target)), { abortSignal });
      return JSON.parse(await Body!.transformToString()) as UploadNote;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Ends an upload, which may have ended already, and its note. */
  async #abandon(upload: Upload): Promise<void> {
    await this.#s3.send(new AbortMultipartUploadCommand(upload)).catch((error) => {
      if (!isMissing(error)) throw error;
    });
    await this.#s3.send(new DeleteObjectCommand(noteOf(this.#target)));
  }

  /** What earlier tries have sent, by place; nothing at places that are missing. */
  async #listSent(
    parts: readonly ArchivePart[],
    upload: Upload,
    abortSignal: AbortSignal,
  ): Promise<(CompletedPart | undefined)[]> {
    const sent = parts.map((): CompletedPart | undefined => undefined);
    let page: Partial<ListPartsCommandOutput> = {};
    do {
      const { NextPartNumberMarker: PartNumberMarker } = page;
      const list = new ListPartsCommand({ ...upload, ...(PartNumberMarker && { PartNumberMarker }) });
      page = await this.#s3.send(list, { abortSignal });
      for (const { PartNumber = 0, ETag, ChecksumCRC32, Size } of page.Parts ?? []) {
        const isPlanned = parts[PartNumber - 1]?.byteLength === Size;
        if (isPlanned) sent[PartNumber - 1] = { PartNumber, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }) };
      }
    } while (page.IsTruncated); // the marker alone does not tell: S3 may name one on the last page
    return sent;
  }

  /**
   * Copies and joins what is missing in `sent`, in parallel. The first failure ends both; no request is running afterwards. When
   * time runs out, requests that run are finished.
   */
  async #sendAll(
    parts: readonly ArchivePart[],
    done: (CompletedPart | undefined)[],
    upload: Upload,
    mayGoOn: () => Promise<void>,
    mayStart: () => boolean,
    outer: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    const numbered = parts
      .map((part, index) => ({ part, PartNumber: index + 1 }))
      .filter(({ PartNumber }) => !done[PartNumber - 1]);
    const sendThese = async (kind: ArchivePart['kind'], limit: number) => {
      const these = numbered.filter(({ part }) => part.kind === kind);
      await runLimited(these, limit, async ({ part, PartNumber }) => {
        signal.throwIfAborted();
        if (!mayStart()) return;
        await mayGoOn();
        const sent = await this.#send(part, longest, { ...upload, PartNumber }, signal);
        done[PartNumber - 1] = { ...sent, PartNumber };
      }).catch((error) => {
        stop.abort(error);
        throw error;
      });
    };
    const longest = Math.max(...parts.map(({ kind, byteLength }) => (kind === 'materialise' ? byteLength : 1)));
    const joinsAtOnce = Math.max(1, Math.floor(JOINED_BYTES_AT_ONCE / longest));
    const outcomes = await Promise.allSettled([
      sendThese('materialise', Math.min(joinsAtOnce, 4)),
      sendThese('copy', COPIES_AT_ONCE),
    ]);
    if (outcomes.some(({ status }) => status === 'rejected')) throw signal.reason;
  }

  /** @param longest size of the buffers that joined parts share, bytes */
  async #send(
    part: ArchivePart,
    longest: number,
    to: Upload & { PartNumber: number },
    signal: AbortSignal,
  ): Promise<CompletedPart> {
    if (part.kind === 'copy') return await this.#copy(part.range, to, signal);
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafe(longest);
    const Body = buffer.subarray(0, part.byteLength);
    await joinPieces(part.pieces, Body, { s3: this.#s3, bucket: to.Bucket, signal });
    const sent = await this.#s3.send(new UploadPartCommand({ ...to, Body }), { abortSignal: signal });
    this.#spare.push(buffer);
    return { ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 };
  }

  async #copy(range: PartRange, to: Upload & { PartNumber: number }, signal: AbortSignal): Promise<CompletedPart> {
    const command = new UploadPartCopyCommand({
      ...to,
      CopySource: `${to.Bucket}/${encodeURI(range.partKey)}`,
      CopySourceRange: `bytes=${range.offset}-${range.offset + range.byteLength - 1}`,
      CopySourceIfMatch: range.partETag,
    });
    try {
      const { CopyPartResult } = await this.#s3.send(command, { abortSignal: signal });
      return { ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 };
    } catch (error) {
      throw signal.aborted ? signal.reason : partFailure(error, range.partKey);
    }
  }
}

/** Names the upload that a try has begun, for the next one. */
interface UploadNote {
  readonly uploadId: string;
  /** Hash of the bytes and of the cut: another plan cannot use the parts. */
  readonly plan: string;
}

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}
