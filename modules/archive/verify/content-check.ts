import { createHash, type Hash } from 'node:crypto';
import { csvRecord } from '../../rows/csv.ts';
import { ArchiveDamagedError } from '../errors.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';

/** Checks the content of one file of the archive while it is read. */
export interface ContentCheck {
  /** Size that the file must have, bytes. */
  readonly byteLength: number;
  update(bytes: Buffer): void;
  /** @throws {ArchiveDamagedError} */
  end(): void;
}

/** A run of bytes with its expected hash; for CSV also the number of rows. */
interface Stretch {
  readonly rawBytes: number;
  readonly sha256: string;
  readonly rows?: number;
  readonly fragment?: number;
}

const QUOTE = 0x22;
const LF = 0x0a;

/** Check of a document, such as `README.txt`. */
export const documentCheck = ({ name, ...stretch }: Manifest['documents'][number]): ContentCheck =>
  new StretchesCheck(name, [stretch]);

/** Check of a CSV file: its header record, then fragment by fragment. @throws {ArchiveDamagedError} offsets with holes */
export function fileCheck(file: ManifestFile): ContentCheck {
  const head = Buffer.from(csvRecord(file.columns, false));
  let offset = head.length;
  const fragments = file.fragments.map(({ rawOffset, rawBytes, sha256, rows }, at): Stretch => {
    if (rawOffset !== offset) throw new ArchiveDamagedError('the manifest leaves a hole before it', file.name, at + 1);
    offset += rawBytes;
    return { rawBytes, sha256, rows, fragment: at + 1 };
  });
  const sha256 = createHash('sha256').update(head).digest('hex');
  return new StretchesCheck(file.name, [{ rawBytes: head.length, sha256 }, ...fragments]);
}

class StretchesCheck implements ContentCheck {
  readonly byteLength: number;
  readonly #file: string;
  readonly #stretches: readonly Stretch[];
  #at = 0;
  #taken = 0;
  #hash: Hash = createHash('sha256');
  #rows = 0;
  #quoted = false;

  constructor(file: string, stretches: readonly Stretch[]) {
    this.#file = file;
    this.#stretches = stretches;
    this.byteLength = stretches.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  }

  update(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const stretch = this.#stretches[this.#at]!;
      const piece = bytes.subarray(from, from + stretch.rawBytes - this.#taken);
      this.#hash.update(piece);
      if (stretch.rows !== undefined) this.#count(piece);
      this.#taken += piece.length;
      from += piece.length;
      if (this.#taken === stretch.rawBytes) this.#endStretch(stretch);
    }
  }

  end(): void {
    if (this.#at < this.#stretches.length)
      throw new ArchiveDamagedError('it is shorter than the manifest says', this.#file);
  }

  #endStretch({ sha256, rows, fragment }: Stretch): void {
    if (this.#hash.digest('hex') !== sha256) {
      throw new ArchiveDamagedError('the SHA-256 is not the one of the manifest', this.#file, fragment);
    }
    if (rows !== undefined && (rows !== this.#rows || this.#quoted)) {
      throw new ArchiveDamagedError(`${this.#rows} rows instead of ${rows}`, this.#file, fragment);
    }
    this.#at += 1;
    this.#taken = 0;
    this.#rows = 0;
    this.#quoted = false;
    this.#hash = createHash('sha256');
  }

  /** A record ends with a line feed outside quotes. Source: RFC 4180. */
  #count(bytes: Buffer): void {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (byte === LF && !this.#quoted) this.#rows += 1;
    }
  }
}
