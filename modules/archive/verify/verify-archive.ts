import type { Readable } from 'node:stream';
import { ArchiveDamagedError } from '../errors.ts';
import { parseManifest } from '../manifest.ts';
import { TAR_BLOCK, TAR_END, tarHeader, tarPadding } from '../tar.ts';
import { type ContentCheck, documentCheck, fileCheck } from './content-check.ts';
import { readMember } from './gzip-member.ts';

/** Figures of a sound archive: `byteLength` compressed, `rawBytes` of the tar, `rows` of all CSV files. */
interface VerifiedArchive {
  readonly byteLength: number;
  readonly rawBytes: number;
  readonly files: number;
  readonly fragments: number;
  readonly rows: number;
  /** False when the manifest lists missing data. The archive is sound nevertheless. */
  readonly complete: boolean;
  readonly requestId: string;
}

const MANIFEST = 'manifest.json';
/** A manifest is kept whole, so it may not be any size. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/**
 * Reads an archive once, with constant memory, and compares every byte with our format: gzip member, tar headers, padding
 * and end, then every document and fragment with its SHA-256 and its rows in the manifest. Names, order and number of
 * files must match the manifest. It refuses everything else, including links and duplicates.
 * @throws {ArchiveDamagedError} names the file and the fragment
 */
export async function verifyArchive(archive: Readable): Promise<VerifiedArchive> {
  const raw = new RawBytes(readMember(archive));
  const { manifest, mtime } = await readManifest(raw);
  const checks: [string, ContentCheck][] = [
    ...manifest.documents.map((document): [string, ContentCheck] => [document.name, documentCheck(document)]),
    ...manifest.files.map((file): [string, ContentCheck] => [file.name, fileCheck(file)]),
  ];
  for (const [name, check] of checks) {
    await raw.expect(tarHeader(name, check.byteLength, mtime), 'the tar header is not the one of this file', name);
    for (let left = check.byteLength; left > 0; ) {
      const bytes = await raw.some(left, name);
      check.update(bytes);
      left -= bytes.length;
    }
    check.end();
    await raw.expect(tarPadding(check.byteLength), 'the padding is not empty', name);
  }
  await raw.expect(TAR_END, 'the tar does not end where the manifest says');
  const byteLength = await raw.end();
  const fragments = manifest.files.flatMap((file) => file.fragments);
  return {
    byteLength,
    rawBytes: raw.position,
    files: checks.length + 1,
    fragments: fragments.length,
    rows: fragments.reduce((sum, { rows }) => sum + rows, 0),
    complete: manifest.complete,
    requestId: manifest.requestId,
  };
}

/** Reads the first file. Its header holds its size, and the time of all headers. */
async function readManifest(raw: RawBytes) {
  const header = await raw.take(TAR_BLOCK, MANIFEST);
  const [size, mtime] = [octalAt(header, 124), octalAt(header, 136)];
  const isOurs = Number.isSafeInteger(size) && size <= MAX_MANIFEST_BYTES && Number.isSafeInteger(mtime);
  if (!isOurs || !header.equals(tarHeader(MANIFEST, size, mtime))) {
    throw new ArchiveDamagedError('the tar header is not the one of this file', MANIFEST);
  }
  const text = (await raw.take(size, MANIFEST)).toString();
  await raw.expect(tarPadding(size), 'the padding is not empty', MANIFEST);
  try {
    return { manifest: parseManifest(text), mtime };
  } catch {
    throw new ArchiveDamagedError('it does not have the form of a manifest', MANIFEST);
  }
}

/** Twelve bytes: eleven octal digits and a NUL. */
const octalAt = (header: Buffer, at: number): number =>
  /^[0-7]{11}\0$/.test(header.toString('latin1', at, at + 12))
    ? Number.parseInt(header.toString('latin1', at, at + 11), 8)
    : Number.NaN;

/** Raw bytes of the tar, in portions of any size. */
class RawBytes {
  position = 0;
  readonly #source: AsyncGenerator<Buffer, number>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncGenerator<Buffer, number>) {
    this.#source = source;
  }

  /** Available bytes, at most `atMost`. */
  async some(atMost: number, file?: string): Promise<Buffer> {
    if (this.#left.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) throw new ArchiveDamagedError('the tar is cut short', file);
      this.#left = value;
    }
    const taken = this.#left.subarray(0, atMost);
    this.#left = this.#left.subarray(taken.length);
    this.position += taken.length;
    return taken;
  }

  async take(byteLength: number, file?: string): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let left = byteLength; left > 0; left -= taken.at(-1)!.length) taken.push(await this.some(left, file));
    return Buffer.concat(taken);
  }

  async expect(expected: Buffer, otherwise: string, file?: string): Promise<void> {
    if (!(await this.take(expected.length, file)).equals(expected)) throw new ArchiveDamagedError(otherwise, file);
  }

  /** @returns what the source returns at its end */
  async end(): Promise<number> {
    const { value, done } = await this.#source.next();
    if (!done || this.#left.length > 0) throw new ArchiveDamagedError('there is more behind the end of the tar');
    return value;
  }
}
