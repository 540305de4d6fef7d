import { createHash } from 'node:crypto';
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
  stretchesCheck(name, [stretch]);

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
  return stretchesCheck(file.name, [{ rawBytes: head.length, sha256 }, ...fragments]);
}

function stretchesCheck(file: string, stretches: readonly Stretch[]): ContentCheck {
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
    if (hash.digest('hex') !== sha256) {
      throw new ArchiveDamagedError('the SHA-256 is not the one of the manifest', file, fragment);
    }
    if (expected !== undefined && (expected !== rows || isQuoted)) {
      throw new ArchiveDamagedError(`${rows} rows instead of ${expected}`, file, fragment);
    }
    [at, taken, rows, isQuoted] = [at + 1, 0, 0, false];
    hash = createHash('sha256');
  };
  return {
    byteLength: stretches.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    update(bytes) {
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
    end() {
      if (at < stretches.length) throw new ArchiveDamagedError('it is shorter than the manifest says', file);
    },
  };
}
