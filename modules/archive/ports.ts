import type { Readable } from 'node:stream';
import * as z from 'zod';
import { Instant } from '../common/shapes.ts';
import type { AttemptFrame, PartIndex } from './fragment.ts';
import type { ArchivePart } from './upload-parts.ts';

/** Where a worker writes the fragments of one invocation, back to back. */
export interface FragmentSink {
  readonly partKey: string;
  write(bytes: Buffer): Promise<void>;
  /** Makes the written bytes readable. @returns their ETag */
  close(): Promise<string>;
  /** Removes what was written; harmless after `close`. */
  abort(): Promise<void>;
}

/** Parts on S3: fragments, their indexes (the commit mark, written last) and the frame of an attempt. */
export interface PartStore {
  openSink(requestId: string, attempt: number, sourceId: string, seq: number): FragmentSink;
  /** Commits once. @returns false when another invocation has committed this `seq`: the rows of this one do not count */
  putIndex(requestId: string, attempt: number, index: PartIndex): Promise<boolean>;
  /** Committed indexes in order of source and `seq`; of one source when `sourceId` is given. */
  listIndexes(requestId: string, attempt: number, sourceId?: string): Promise<PartIndex[]>;
  putFrame(requestId: string, attempt: number, frame: AttemptFrame): Promise<void>;
  getFrame(requestId: string, attempt: number): Promise<AttemptFrame>;
  /** The frame of the newest attempt up to this one; undefined when none has come so far. */
  newestFrame(requestId: string, attempt: number): Promise<AttemptFrame | undefined>;
  /** Also ends unfinished uploads. With `attempt`, only its Parts: a rerun keeps those of earlier attempts (docs/decisions/0023). */
  deleteParts(requestId: string, attempt?: number): Promise<void>;
}

/** A planned archive: its parts in order, and the size and CRC-32 of its compressed bytes. */
export interface ArchiveUpload {
  readonly parts: readonly ArchivePart[];
  readonly byteLength: number;
  readonly crc32: number;
}

export interface ArchiveStore {
  /**
   * Makes the archive once; it is readable only when complete. A call that was cut short, or failed for want of the store, is
   * continued by the next one; any other failure leaves nothing behind. @param mayGoOn called before each part; it may throw
   * @param mayStart false when too little time is left for another part @returns false when time ran out
   * @throws {PartDamagedError | StorageUnavailableError}
   */
  stitch(
    archiveKey: string,
    upload: ArchiveUpload,
    mayGoOn: () => Promise<void>,
    signal?: AbortSignal,
    mayStart?: () => boolean,
  ): Promise<boolean>;
  /** Removes the archive and its unfinished uploads; harmless when there is none. */
  delete(archiveKey: string): Promise<void>;
}

export interface ArchiveReader {
  open(archiveKey: string): Promise<Readable>;
}

export interface LinkSigner {
  /** @param fileName name of the download */
  sign(archiveKey: string, fileName?: string): Promise<Link>;
}

/** A short-lived link to one archive; never stored or logged (docs/decisions/0022). */
export const Link = z
  .strictObject({ url: z.url(), expiresAt: Instant })
  .describe('A download link to one archive; it expires after minutes');
export type Link = Readonly<z.infer<typeof Link>>;
