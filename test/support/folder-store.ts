import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PartRange, Segment } from '../../modules/archive/layout.ts';
import type { ArchiveStore, ArchiveUpload, FragmentSink } from '../../modules/archive/ports.ts';
import { fill, planReads } from '../../modules/archive/upload-parts.ts';

const MIB = 1024 * 1024;

/** What a stitch asked of the store. */
export interface Traffic {
  requests: number;
  parts: number;
  /** Bytes fetched, and bytes sent: both go through the function. */
  fetched: number;
  sent: number;
  /** Bytes that the store copied by itself. */
  copied: number;
}

/** A stretch of a file. */
interface Extent {
  readonly file: string;
  readonly offset: number;
  readonly byteLength: number;
  /** A file of its own, which goes with the archive. */
  readonly uploaded?: true;
}

/**
 * Objects as files, under the rules that S3 has for the parts of an upload. A copied part costs nothing: it is kept as
 * a reference to its source, as far as this machine is concerned a copy that the store makes elsewhere.
 */
export class FolderStore implements ArchiveStore {
  readonly traffic: Traffic = { requests: 0, parts: 0, fetched: 0, sent: 0, copied: 0 };
  readonly #folder: string;
  readonly #archives = new Map<string, readonly Extent[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A Part under a key of its own; its ETag is the key. */
  async openSink(): Promise<FragmentSink> {
    const partKey = randomUUID();
    await mkdir(this.#folder, { recursive: true });
    const file = await open(this.#path(partKey), 'w');
    return {
      partKey,
      write: async (bytes) => void (await file.write(bytes)),
      close: async () => {
        await file.close();
        return partKey;
      },
      abort: () => rm(this.#path(partKey), { force: true }),
    };
  }

  async stitch(archiveKey: string, { parts }: ArchiveUpload, mayGoOn: () => Promise<void>): Promise<boolean> {
    const extents: Extent[] = [];
    this.traffic.requests += 7; // create, list, complete; read, write and delete the note; a look for unfinished uploads
    for (const part of parts) {
      await mayGoOn();
      extents.push(
        part.kind === 'copy' ? await this.#copy(part.range) : await this.#upload(part.pieces, part.byteLength),
      );
    }
    this.#checkParts(extents);
    this.traffic.parts += extents.length;
    this.#archives.set(archiveKey, extents);
    return true;
  }

  async delete(archiveKey: string): Promise<void> {
    const uploaded = (this.#archives.get(archiveKey) ?? []).filter((extent) => 'uploaded' in extent);
    this.#archives.delete(archiveKey);
    for (const { file } of uploaded) await rm(file, { force: true });
  }

  /** The archive's bytes. */
  async *read(archiveKey: string): AsyncGenerator<Buffer> {
    for (const { file, offset, byteLength } of this.#archives.get(archiveKey)!) {
      yield* createReadStream(file, { start: offset, end: offset + byteLength - 1, highWaterMark: MIB });
    }
  }

  async #copy({ partKey, offset, byteLength }: PartRange): Promise<Extent> {
    const { size } = await stat(this.#path(partKey));
    if (size <= 5 * MIB) throw new Error('a range can be copied only from an object of over 5 MiB');
    if (offset + byteLength > size) throw new Error('InvalidRange');
    this.traffic.requests += 1;
    this.traffic.copied += byteLength;
    return { file: this.#path(partKey), offset, byteLength };
  }

  async #upload(pieces: readonly Segment[], byteLength: number): Promise<Extent> {
    const joined = Buffer.allocUnsafe(byteLength);
    let at = 0;
    for (const piece of pieces) {
      if ('bytes' in piece) piece.bytes.copy(joined, at);
      at += 'bytes' in piece ? piece.bytes.length : piece.byteLength;
    }
    for (const read of planReads(pieces)) {
      const source = await open(this.#path(read.partKey));
      await fill(joined, read, async (into) => {
        const { bytesRead } = await source.read(into, 0, into.length, read.offset);
        if (bytesRead !== into.length) throw new Error('InvalidRange');
      });
      await source.close();
      this.traffic.requests += 1;
      this.traffic.fetched += read.byteLength;
    }
    const file = this.#path(randomUUID());
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, joined);
    this.traffic.requests += 1;
    this.traffic.sent += byteLength;
    return { file, offset: 0, byteLength, uploaded: true };
  }

  #checkParts(extents: readonly Extent[]): void {
    const tooShort = extents.slice(0, -1).some(({ byteLength }) => byteLength < 5 * MIB);
    if (tooShort) throw new Error('EntityTooSmall');
    if (extents.some(({ byteLength }) => byteLength > 5 * 1024 * MIB)) throw new Error('EntityTooLarge');
    if (extents.length > 10_000) throw new Error('too many parts');
  }

  #path(key: string): string {
    return join(this.#folder, key);
  }
}
