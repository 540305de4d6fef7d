import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { runLimited } from '../../common/run-limited.ts';
import type { PartRange } from '../layout.ts';
import type { ArchiveUpload } from '../ports.ts';
import type { ArchivePart } from '../upload-parts.ts';
import { PartSource, partFailure } from './s3-part-source.ts';

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
  readonly #source: PartSource;
  /** Buffers of sent parts, for reuse: the garbage collector would keep dozens of them. */
  readonly #spare: Buffer[] = [];

  constructor(s3: S3Client, target: StitchTarget) {
    this.#s3 = s3;
    this.#target = target;
    this.#source = new PartSource(s3, target.Bucket);
  }

  /** @throws the error of S3, after the upload was aborted */
  async run(
    { parts, byteLength, crc32 }: ArchiveUpload,
    mayGoOn: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const checks = { IfNoneMatch: '*', ChecksumCRC32: inBase64(crc32) };
    const [only] = parts;
    if (parts.length === 1 && only?.kind === 'materialise') {
      await mayGoOn();
      const Body = Buffer.allocUnsafe(byteLength);
      await this.#source.join(only.pieces, Body, signal);
      await this.#s3.send(new PutObjectCommand({ ...this.#target, ...checks, Body }), { abortSignal: signal });
      return;
    }
    const kind = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const created = new CreateMultipartUploadCommand({ ...this.#target, ...kind });
    const { UploadId } = await this.#s3.send(created, { abortSignal: signal });
    const upload = { Bucket: this.#target.Bucket, Key: this.#target.Key, UploadId: UploadId! };
    try {
      const Parts = await this.#sendAll(parts, upload, mayGoOn, signal);
      const whole = { ...checks, ChecksumType: 'FULL_OBJECT', MpuObjectSize: byteLength } as const;
      const complete = new CompleteMultipartUploadCommand({ ...upload, ...whole, MultipartUpload: { Parts } });
      await this.#s3.send(complete, { abortSignal: signal });
    } catch (error) {
      await this.#s3.send(new AbortMultipartUploadCommand(upload)).catch(() => {}); // the first failure matters
      throw error;
    }
  }

  /** Copies and joins in parallel. The first failure ends both; no request is running afterwards. */
  async #sendAll(
    parts: readonly ArchivePart[],
    upload: Upload,
    mayGoOn: () => Promise<void>,
    outer: AbortSignal,
  ): Promise<CompletedPart[]> {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    const done: CompletedPart[] = [];
    const numbered = parts.map((part, index) => ({ part, PartNumber: index + 1 }));
    const sendThese = async (kind: ArchivePart['kind'], limit: number) => {
      const these = numbered.filter(({ part }) => part.kind === kind);
      await runLimited(these, limit, async ({ part, PartNumber }) => {
        signal.throwIfAborted();
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
    return done;
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
    await this.#source.join(part.pieces, Body, signal);
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

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}
