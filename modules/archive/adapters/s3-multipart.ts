import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { FragmentSink } from '../ports.ts';

/** Size of each part except the last, bytes; S3 requires at least 5 MiB. */
const PART_BYTES = 8 * 1024 * 1024;

const KIND = { ContentType: 'application/octet-stream' };

/** Writes one object of unknown length in parts. It exists only after `close`. */
export class MultipartWriter implements FragmentSink {
  readonly partKey: string;
  readonly #s3: S3Client;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #uploadId: string | undefined;
  #parts: { ETag: string; PartNumber: number }[] = [];

  constructor(s3: S3Client, bucket: string, partKey: string) {
    this.#s3 = s3;
    this.partKey = partKey;
    this.#target = { Bucket: bucket, Key: partKey };
  }

  async write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= PART_BYTES) await this.#sendParts();
  }

  /** Makes the object readable. @returns its ETag */
  async close(): Promise<string> {
    const rest = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#uploadId === undefined) {
      const put = await this.#s3.send(new PutObjectCommand({ ...this.#target, ...KIND, Body: rest }));
      return put.ETag!;
    }
    if (rest.length > 0) await this.#upload(rest);
    const upload = { ...this.#target, UploadId: this.#uploadId, MultipartUpload: { Parts: this.#parts } };
    const { ETag } = await this.#s3.send(new CompleteMultipartUploadCommand(upload));
    this.#uploadId = undefined;
    return ETag || (await this.#s3.send(new HeadObjectCommand(this.#target))).ETag!; // radosgw 16 returns none here
  }

  /** Leaves no parts behind. */
  async abort(): Promise<void> {
    this.#waiting = [];
    if (this.#uploadId === undefined) return;
    await this.#s3.send(new AbortMultipartUploadCommand({ ...this.#target, UploadId: this.#uploadId }));
    this.#uploadId = undefined;
  }

  async #sendParts(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    let at = 0;
    for (; bytes.length - at >= PART_BYTES; at += PART_BYTES) await this.#upload(bytes.subarray(at, at + PART_BYTES));
    this.#waiting = [bytes.subarray(at)];
    this.#waitingBytes = bytes.length - at;
  }

  async #upload(Body: Buffer): Promise<void> {
    if (this.#uploadId === undefined) {
      const created = await this.#s3.send(new CreateMultipartUploadCommand({ ...this.#target, ...KIND }));
      this.#uploadId = created.UploadId!;
    }
    const PartNumber = this.#parts.length + 1;
    const part = { ...this.#target, UploadId: this.#uploadId, PartNumber, Body };
    const { ETag } = await this.#s3.send(new UploadPartCommand(part));
    this.#parts.push({ ETag: ETag!, PartNumber });
  }
}
