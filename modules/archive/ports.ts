import type { Readable } from 'node:stream';
import type { AttemptFrame, PartIndex } from './fragment.ts';
import type { Link } from './link.ts';
import type { ArchivePart } from './upload-parts.ts';

/** Where a worker writes the fragments of one invocation, back to back. */
export interface FragmentSink {
  readonly partKey: string;
  write(bytes: Buffer): Promise<void>;
  /** Makes what was written readable. @returns its ETag */
  close(): Promise<string>;
  /** Leaves nothing behind; harmless after `close`. */
  abort(): Promise<void>;
}

/** Parts on S3: fragments, their indexes (the commit mark, written last) and the frame of an attempt. */
export interface PartStore {
  openSink(requestId: string, attempt: number, sourceId: string, seq: number): FragmentSink;
  /** Commits, once. @returns false when another invocation has committed this `seq`: then this one's rows do not count */
  putIndex(requestId: string, attempt: number, index: PartIndex): Promise<boolean>;
  /** Committed indexes in order of source and `seq`; of one source when `sourceId` is given. */
  listIndexes(requestId: string, attempt: number, sourceId?: string): Promise<PartIndex[]>;
  putFrame(requestId: string, attempt: number, frame: AttemptFrame): Promise<void>;
  getFrame(requestId: string, attempt: number): Promise<AttemptFrame>;
  /** Unfinished uploads too. Of one attempt alone when it is given: a rerun that ends leaves the Parts of earlier attempts (docs/decisions/0023). */
  deleteParts(requestId: string, attempt?: number): Promise<void>;
}

/** An archive as it will be: its parts in order, its size and its CRC-32, both of the compressed bytes. */
export interface ArchiveUpload {
  readonly parts: readonly ArchivePart[];
  readonly byteLength: number;
  readonly crc32: number;
}

/** Archives on S3. */
export interface ArchiveStore {
  /**
   * Makes the archive as described, once. It is readable only when whole; whatever fails, nothing stays behind. One that
   * is there already and is the same counts as made.
   * @param mayGoOn asked before each part; what it throws ends the work
   * @param signal ends the work too
   * @throws {PartDamagedError} a Part is gone or is not what was committed
   * @throws {StorageUnavailableError} the store does not answer, also after its client tried again
   */
  stitch(archiveKey: string, upload: ArchiveUpload, mayGoOn: () => Promise<void>, signal?: AbortSignal): Promise<void>;
  /** Removes the archive, and what an unfinished stitch of it left; harmless when there is none. */
  delete(archiveKey: string): Promise<void>;
}

/** Reads an Archive back, from its start. */
export interface ArchiveReader {
  open(archiveKey: string): Promise<Readable>;
}

export interface LinkSigner {
  /** @param fileName what a browser saves it as */
  sign(archiveKey: string, fileName?: string): Promise<Link>;
}
