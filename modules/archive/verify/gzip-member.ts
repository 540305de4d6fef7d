import type { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { ArchiveDamagedError } from '../errors.ts';
import { GZIP_HEADER } from '../layout.ts';

const TRAILER_BYTES = 8;

/**
 * The raw bytes of a file that is exactly one gzip member in our form: our header, a trailer with CRC-32 and size, and
 * nothing after it.
 * @returns the compressed size, at the end
 * @throws {ArchiveDamagedError}
 */
export async function* readMember(archive: Readable): AsyncGenerator<Buffer, number> {
  const body = new MemberBody();
  const inflate = createInflateRaw({ chunkSize: 256 * 1024 });
  const feeding = feed(archive, body, inflate);
  let crc = 0;
  let rawBytes = 0;
  try {
    for await (const chunk of inflate) {
      const raw = chunk as Buffer;
      crc = crc32(raw, crc);
      rawBytes += raw.length;
      yield raw;
    }
    await feeding;
  } catch (error) {
    throw asDamage(error);
  } finally {
    inflate.destroy();
    archive.destroy();
  }
  if (inflate.bytesWritten !== body.deflateBytes)
    throw new ArchiveDamagedError('there are bytes behind the end of the data');
  if (body.trailer.readUInt32LE(0) !== crc)
    throw new ArchiveDamagedError('the CRC-32 of the gzip trailer does not fit');
  if (body.trailer.readUInt32LE(4) !== rawBytes % 2 ** 32)
    throw new ArchiveDamagedError('the size in the gzip trailer does not fit');
  return GZIP_HEADER.length + body.deflateBytes + TRAILER_BYTES;
}

/** Separates the header and the last eight bytes from the bytes between. */
class MemberBody {
  deflateBytes = 0;
  #waiting: Buffer = Buffer.alloc(0);
  #headed = false;

  get trailer(): Buffer {
    return this.#waiting;
  }

  /** @returns deflated bytes that certainly do not belong to the trailer */
  take(chunk: Buffer): Buffer {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    if (!this.#headed) {
      if (this.#waiting.length < GZIP_HEADER.length) return Buffer.alloc(0);
      if (!this.#waiting.subarray(0, GZIP_HEADER.length).equals(GZIP_HEADER)) {
        throw new ArchiveDamagedError('the gzip header is not the one of our archives');
      }
      this.#waiting = this.#waiting.subarray(GZIP_HEADER.length);
      this.#headed = true;
    }
    const certain = Math.max(0, this.#waiting.length - TRAILER_BYTES);
    const taken = this.#waiting.subarray(0, certain);
    this.#waiting = this.#waiting.subarray(certain);
    this.deflateBytes += taken.length;
    return taken;
  }
}

async function feed(archive: Readable, body: MemberBody, inflate: ReturnType<typeof createInflateRaw>): Promise<void> {
  try {
    for await (const chunk of archive) {
      const taken = body.take(chunk as Buffer);
      if (inflate.destroyed || taken.length === 0 || inflate.readableEnded) continue;
      await new Promise<void>((resolve) => inflate.write(taken, () => resolve()));
    }
    if (body.trailer.length < TRAILER_BYTES) throw new ArchiveDamagedError('the file is cut short');
    inflate.end();
  } catch (error) {
    inflate.destroy(error as Error);
  }
}

function asDamage(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return new ArchiveDamagedError('the file is cut short');
  return code.startsWith('Z_') ? new ArchiveDamagedError('the compressed data are damaged') : error;
}
