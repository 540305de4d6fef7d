import { createHash, type Hash } from 'node:crypto';
import { constants, crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { Engine } from '../requests/source.ts';

/** Rows of one CSV file from one source: a run of raw deflate without a final block, ended by `00 00 FF FF` (docs/decisions/0007). */
export interface Fragment {
  /** Path in the archive, such as `engines/executions.csv`. */
  readonly file: string;
  /** The file's header, the same in all fragments of the file. */
  readonly columns: readonly string[];
  readonly partKey: string;
  readonly offset: number;
  readonly deflateBytes: number;
  readonly rawBytes: number;
  /** CRC-32 and SHA-256 (hex) of the raw bytes. */
  readonly crc32: number;
  readonly sha256: string;
  /** CRC-32 of the deflated bytes; combined into that of the whole archive. */
  readonly deflateCrc32: number;
  readonly rows: number;
  /** Rows per day (`YYYY-MM-DD`, the source's zone), for tables with a time. */
  readonly rowsPerDay: Readonly<Record<string, number>>;
}

/** A gap that the manifest must list: a file, or a part of it, that could not be retrieved (R12). */
export const MissingPart = z.strictObject({
  file: z.string(),
  /** With one of `NOTE_REASONS`, the archive still counts as complete. */
  reason: z.string().describe('Name of an error, or ROW_LIMIT, FOREIGN_ROWS, REFUSED, TABLE_UNKNOWN...'),
  platform: z.string().exactOptional(),
  from: z.iso.date().exactOptional(),
  to: z.iso.date().exactOptional().describe('The day after the last'),
});
export type MissingPart = ReadonlyDeep<z.infer<typeof MissingPart>>;

/** Notes, not gaps: nobody could have retrieved more from this version, or rows came twice, or in another encoding. */
const NOTE_REASONS = [
  'TABLE_UNKNOWN',
  'FIELDS_UNKNOWN',
  'TABLES_UNKNOWN',
  'UNCONFIRMED',
  'DOUBLED_ROWS',
  'RECODED',
] as const;

/** True when it makes the archive incomplete. */
export const isGap = ({ reason }: Pick<MissingPart, 'reason'>): boolean =>
  !(NOTE_REASONS as readonly string[]).includes(reason);

/** The commit of one worker invocation. The next one continues at `next`; `null` when the source is done. */
export interface PartIndex {
  readonly sourceId: string;
  readonly sourceName: string;
  readonly seq: number;
  readonly fragments: readonly Fragment[];
  /** ETag of the Part with the fragments, so that a reader gets exactly these bytes (docs/decisions/0007). */
  readonly partETag: string;
  readonly missing: readonly MissingPart[];
  /** Number of objects with the name; 0 when the source does not know it. */
  readonly subjects: number;
  /** Accounts that the Engine took for the typed name by itself, since `Open Request` had found none. */
  readonly taken?: readonly string[];
  /** Queries that are not done yet; missing parts if nobody runs them. */
  readonly pending?: readonly Omit<MissingPart, 'reason'>[];
  readonly next: unknown;
}

/** Where the list of Engines came from. */
export const Federation = z.enum(['configured', 'all-listed']);
export type Federation = z.infer<typeof Federation>;

/** What `Open Request` fixed for one attempt: the files of the archive with their headers, the sources, the span of days. */
export interface AttemptFrame {
  readonly files: readonly { readonly file: string; readonly columns: readonly string[] }[];
  /** Columns by file and platform, as Engines of the most common version have them. */
  readonly columns?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** First attempt's instant, ISO 8601 UTC; windows are frozen on it (docs/decisions/0021). */
  readonly frozenAt: string;
  readonly engines: readonly Engine[];
  readonly federation: Federation;
  readonly formulaSwitch: boolean;
}

/** An empty stored block, the end of a full flush. Source: RFC 1951 section 3.2.4. */
const FLUSH_MARK = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Deflates the rows of one source into fragments. After a full flush, the next one does not depend on the one before. */
export class FragmentEncoder {
  readonly #deflate: DeflateRaw;
  #output: Buffer[] = [];
  #failure: Error | undefined;
  #compressing: Promise<void> = Promise.resolve();
  /** Rows since the last end, as far as the writer has counted them. */
  openRows = 0;
  #rawBytes = 0;
  #crc = 0;
  #hash: Hash = createHash('sha256');

  /** @param level of zlib, 1 to 9. In CSV, matches of up to 5 bytes cost more than they save: level 5 is as small as 6 with them. */
  constructor(level: number) {
    this.#deflate = createDeflateRaw({ level, memLevel: 9, chunkSize: 256 * 1024, strategy: constants.Z_FILTERED });
    this.#deflate.on('data', (bytes: Buffer) => this.#output.push(bytes));
    this.#deflate.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** Resolves when the bytes of the call before are compressed. `raw` must not change before that: use two buffers in turn. */
  async write(raw: Buffer): Promise<void> {
    if (raw.length === 0) return;
    this.#rawBytes += raw.length;
    this.#crc = crc32(raw, this.#crc);
    this.#hash.update(raw);
    await this.#compressing;
    if (this.#failure) throw this.#failure;
    this.#compressing = new Promise((resolve) => {
      this.#deflate.write(raw, () => resolve());
    });
  }

  /** Resolves when the compressor no longer uses the buffers. */
  settled(): Promise<void> {
    return this.#compressing;
  }

  /** Ends the fragment in a flush, so that the merge need not read it (docs/decisions/0007). No bytes when nothing was written. */
  async end() {
    const bytes = this.#rawBytes === 0 ? Buffer.alloc(0) : await this.#flush();
    const figures = {
      rawBytes: this.#rawBytes,
      crc32: this.#crc,
      sha256: this.#hash.digest('hex'),
      deflateBytes: bytes.length,
      deflateCrc32: crc32(bytes),
    };
    this.#reset();
    return { bytes, figures };
  }

  async discard(): Promise<void> {
    if (this.#rawBytes > 0) await this.#flush();
    this.#reset();
  }

  /** Compressed bytes since the last end, as far as the compressor has given them. */
  get openBytes(): number {
    return this.#output.reduce((sum, { length }) => sum + length, 0);
  }

  close(): void {
    this.#deflate.destroy();
  }

  async #flush(): Promise<Buffer> {
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_FULL_FLUSH, resolve));
    if (this.#failure) throw this.#failure;
    const bytes = Buffer.concat(this.#output);
    if (!bytes.subarray(-4).equals(FLUSH_MARK)) throw new Error('a fragment did not end in a flush');
    return bytes;
  }

  #reset(): void {
    this.#output = [];
    this.openRows = 0;
    this.#rawBytes = 0;
    this.#crc = 0;
    this.#hash = createHash('sha256');
  }
}
