import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { csvRecord } from '../rows/csv.ts';
import { LF, QUOTE } from '../rows/tsv.ts';
import { ArchiveDamagedError } from './errors.ts';
import { type Manifest, type ManifestFile, parseManifest } from './manifest.ts';
import { tarHeader, tarPadding } from './tar.ts';

const MANIFEST = 'manifest.json';
/** A manifest is kept whole, so it may not be any size. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;
/** CRC-32 and size, at the end of a gzip member; the library looks for no other end. Source: RFC 1952. */
const TRAILER_BYTES = 8;

/**
 * Reads an archive once, with constant memory: documents and fragments must match SHA-256 and rows of the manifest, and files its names,
 * sizes, order and number. `complete`: nothing is listed as missing. @throws {ArchiveDamagedError} names the file and the fragment
 */
export async function verifyArchive(archive: Readable) {
  let [byteLength, rawBytes, tarBytes, filled, last] = [0, 0, 0, 0, Buffer.alloc(0)];
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const tar = extract();
  archive.on('data', (chunk: Buffer) => {
    byteLength += chunk.length;
    last = Buffer.concat([last, chunk.subarray(-TRAILER_BYTES)]).subarray(-TRAILER_BYTES);
  });
  gunzip.on('data', (chunk: Buffer) => {
    const end = chunk.findLastIndex((byte) => byte !== 0) + 1;
    if (end > 0) filled = rawBytes + end;
    rawBytes += chunk.length;
  });
  const unpacking = pipeline(archive, gunzip, tar);
  unpacking.catch(() => {}); // it ends the reading of `tar`, too
  let manifest: Manifest | undefined;
  const checks: ContentCheck[] = [];
  try {
    for await (const entry of tar) {
      const check = manifest ? checks.shift() : undefined;
      if (manifest && !check) throw new ArchiveDamagedError('the manifest does not name it', entry.header.name);
      refuseOther(entry.header, check);
      const { size = 0 } = entry.header;
      tarBytes += tarHeader('x', size, 0).length + size + tarPadding(size).length;
      if (check) {
        for await (const bytes of entry) check.update(bytes as Buffer);
        check.end();
      } else {
        manifest = await readManifest(entry);
        checks.push(...manifest.documents.map(({ name, ...whole }) => stretchesCheck(name, [whole])));
        checks.push(...manifest.files.map(fileCheck));
        const names = new Set([MANIFEST]);
        for (const { name } of checks)
          if (names.size === names.add(name).size) throw new ArchiveDamagedError('two files have this name', name);
      }
    }
    await unpacking;
  } catch (error) {
    throw asDamage(error);
  } finally {
    archive.destroy();
  }
  const [lost] = checks;
  if (!manifest || lost) throw new ArchiveDamagedError('it is missing', lost?.name ?? MANIFEST);
  // some readers end at the first empty block, where another goes on
  if (last.readUInt32LE(4) !== rawBytes % 2 ** 32 || filled > tarBytes)
    throw new ArchiveDamagedError('there are bytes behind the end of the data');
  const fragments = manifest.files.flatMap((file) => file.fragments);
  return {
    byteLength,
    files: 1 + manifest.documents.length + manifest.files.length,
    fragments: fragments.length,
    rows: fragments.reduce((sum, { rows }) => sum + rows, 0),
    complete: manifest.complete,
    requestId: manifest.requestId,
  };
}

/** Refuses a file with another name or size than its check has, and anything but a file. The manifest comes first. */
function refuseOther({ name, type, size = 0 }: Header, check?: ContentCheck): void {
  const { name: wanted, byteLength } = check ?? { name: MANIFEST, byteLength: size };
  if (type !== 'file' || name !== wanted) throw new ArchiveDamagedError('another file is in its place', wanted);
  if (size !== byteLength) throw new ArchiveDamagedError(`${size} bytes instead of ${byteLength}`, name);
  if (!check && size > MAX_MANIFEST_BYTES) throw new ArchiveDamagedError('it is too long', name);
}

async function readManifest(entry: AsyncIterable<unknown>): Promise<Manifest> {
  const bytes = await buffer(entry);
  try {
    return parseManifest(bytes.toString());
  } catch {
    throw new ArchiveDamagedError('it does not have the form of a manifest', MANIFEST);
  }
}

/** A fault of the gzip or the tar is damage; a file that cannot be read is none. */
function asDamage(error: unknown): unknown {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR' || /^Unexpected end of data/.test(message))
    return new ArchiveDamagedError('the file is cut short');
  if (code.startsWith('Z_')) return new ArchiveDamagedError('the compressed data are damaged');
  return /^Invalid tar header/.test(message) ? new ArchiveDamagedError('a tar header is damaged') : error;
}

/** A run of bytes with its expected hash; for CSV also the number of rows. */
interface Stretch {
  readonly rawBytes: number;
  readonly sha256: string;
  readonly rows?: number;
  readonly fragment?: number;
}

/** Check of a CSV file: its header record, then fragment by fragment. @throws {ArchiveDamagedError} offsets with holes */
function fileCheck(file: ManifestFile): ContentCheck {
  const head = Buffer.from(csvRecord(file.columns, false));
  let offset = head.length;
  const fragments = file.fragments.map(({ rawOffset, rawBytes, sha256, rows }, at): Stretch => {
    if (rawOffset !== offset) throw new ArchiveDamagedError('the manifest leaves a hole before it', file.name, at + 1);
    offset += rawBytes;
    return { rawBytes, sha256, rows, fragment: at + 1 };
  });
  const sha256 = createHash('sha256').update(head).digest('hex');
  return stretchesCheck(file.name, [{ rawBytes: head.length, sha256 }, ...fragments]);
}

type ContentCheck = ReturnType<typeof stretchesCheck>;

/** Compares a file with what it must hold, piece by piece. @throws {ArchiveDamagedError} from `update` and `end` */
function stretchesCheck(file: string, stretches: readonly Stretch[]) {
  let [at, taken, rows, isQuoted] = [0, 0, 0, false];
  let hash = createHash('sha256');
  /** A record ends with a line feed outside quotes. Source: RFC 4180. */
  const count = (bytes: Buffer): void => {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LF && !isQuoted) rows += 1;
    }
  };
  const endStretch = ({ sha256, rows: expected, fragment }: Stretch): void => {
    if (hash.digest('hex') !== sha256)
      throw new ArchiveDamagedError('the SHA-256 is not the one of the manifest', file, fragment);
    if (expected !== undefined && (expected !== rows || isQuoted))
      throw new ArchiveDamagedError(`${rows} rows instead of ${expected}`, file, fragment);
    [at, taken, rows, isQuoted] = [at + 1, 0, 0, false];
    hash = createHash('sha256');
  };
  return {
    name: file,
    /** Size that the file must have. */
    byteLength: stretches.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    update(bytes: Buffer): void {
      for (let from = 0; from < bytes.length; ) {
        const stretch = stretches[at]!;
        const piece = bytes.subarray(from, from + stretch.rawBytes - taken);
        hash.update(piece);
        if (stretch.rows !== undefined) count(piece);
        taken += piece.length;
        from += piece.length;
        if (taken === stretch.rawBytes) endStretch(stretch);
      }
    },
    end(): void {
      if (at < stretches.length) throw new ArchiveDamagedError('it is shorter than the manifest says', file);
    },
  };
}
