import { createHash, type Hash } from 'node:crypto';
import { constants, crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import type { Engine } from '../requests/source.ts';
import type { SourceProgress } from '../requests/source-progress.ts';

/** Rows of one CSV file from one source: a run of raw deflate without a final block, ended by `00 00 FF FF` (docs/decisions/0007). */
export interface Fragment {
  /** Path in the archive, such as `engines/executions.csv`. */
  readonly file: string;
  /** The file's header; fragments of one file agree in it. */
  readonly columns: readonly string[];
  readonly partKey: string;
  readonly offset: number;
  readonly deflateBytes: number;
  readonly rawBytes: number;
  /** CRC-32 and SHA-256 (hex) of the raw bytes. */
  readonly crc32: number;
  readonly sha256: string;
  /** CRC-32 of the deflated bytes, from which that of the whole archive is combined. */
  readonly deflateCrc32: number;
  readonly rows: number;
  /** Rows per day (`YYYY-MM-DD`, the source's zone), for tables with a time. */
  readonly rowsPerDay: Readonly<Record<string, number>>;
}

/** A gap that the manifest must name: a file, or a stretch of it, that could not be had (R12). */
export const MissingPart = z.strictObject({
  file: z.string(),
  /** What makes the archive incomplete, or one of `NOTE_REASONS`. */
  reason: z.string().describe('Name of an error, or ROW_LIMIT, FOREIGN_ROWS, REFUSED, TABLE_UNKNOWN...'),
  platform: z.string().exactOptional(),
  from: z.iso.date().exactOptional(),
  to: z.iso.date().exactOptional().describe('The day after the last'),
});
export type MissingPart = ReadonlyDeep<z.infer<typeof MissingPart>>;

/**
 * This version has no such table, lacks some of the fields, does not list its dynamic fields, or does not show whether a long
 * answer is complete. Noted, and no gap: nobody could have retrieved more.
 */
const NOTE_REASONS = ['TABLE_UNKNOWN', 'FIELDS_UNKNOWN', 'DYNAMIC_FIELDS_UNKNOWN', 'UNCONFIRMED'] as const;

/** True for what makes an archive incomplete. */
export const isGap = ({ reason }: Pick<MissingPart, 'reason'>): boolean =>
  !(NOTE_REASONS as readonly string[]).includes(reason);

/** What one worker invocation has committed. `next` is where the following one goes on; `null` when the source is done. */
export interface PartIndex {
  readonly sourceId: string;
  readonly sourceName: string;
  readonly seq: number;
  readonly fragments: readonly Fragment[];
  /** ETag of the Part that holds the fragments: whoever reads them asks for these bytes and no others (docs/decisions/0007). */
  readonly partETag: string;
  readonly missing: readonly MissingPart[];
  /** How many objects carry the asked name; 0 when the source does not know it. */
  readonly subjects: number;
  /** How the name was spelled where it was found: as asked, or in capitals or small letters throughout. */
  readonly spelling?: Spelling;
  /** Other accounts of the same person, to be offered to the Operator and never put into the archive. */
  readonly nearNames?: readonly string[];
  /** What is still to be asked; named as missing when nobody asks it any more. */
  readonly pending?: readonly Omit<MissingPart, 'reason'>[];
  readonly next: unknown;
}

export type Spelling = 'exact' | NonNullable<SourceProgress['spelling']>;

/** Where the list of Engines came from. */
export const Federation = z.enum(['configured', 'all-listed']);
export type Federation = z.infer<typeof Federation>;

/** What `Open Request` fixed for one attempt: the files of the archive with their headers, the sources, the span of days. */
export interface AttemptFrame {
  readonly files: readonly { readonly file: string; readonly columns: readonly string[] }[];
  /** First attempt's instant, ISO 8601 UTC; windows are frozen on it (docs/decisions/0021). */
  readonly frozenAt: string;
  readonly engines: readonly Engine[];
  readonly federation: Federation;
  readonly formulaSwitch: boolean;
}

/** Figures of one fragment, taken while its rows pass by. */
type FragmentFigures = Pick<Fragment, 'rawBytes' | 'crc32' | 'sha256' | 'deflateBytes' | 'deflateCrc32'>;

/** An empty stored block: what a full flush ends with. Source: RFC 1951 section 3.2.4. */
const FLUSH_MARK = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/**
 * Deflates the rows of one source into fragments, one after another over the same compressor. A fragment that is cut
 * short by `discard` costs nothing: a full flush has forgotten it, so the next one stands on its own.
 */
export class FragmentEncoder {
  readonly #deflate: DeflateRaw;
  #output: Buffer[] = [];
  #failure: Error | undefined;
  #compressing: Promise<void> = Promise.resolve();
  #rawBytes = 0;
  #crc = 0;
  #hash: Hash = createHash('sha256');

  /** @param level of zlib, 1 to 9 */
  constructor(level: number) {
    this.#deflate = createDeflateRaw({ level, memLevel: 9, chunkSize: 256 * 1024 });
    this.#deflate.on('data', (bytes: Buffer) => this.#output.push(bytes));
    this.#deflate.on('error', (error) => {
      this.#failure = error;
    });
  }

  /**
   * Takes raw CSV bytes; resolves when those of the call before are compressed. `raw` must stay as it is until the
   * next call, or `settled`, has resolved: two buffers in turn keep the compressor busy.
   */
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

  /** Resolves when everything that was written is compressed, or never will be. */
  settled(): Promise<void> {
    return this.#compressing;
  }

  /**
   * Ends the fragment. That it does end in a flush is checked here, once, and vouched for from then on by the ETag of
   * its Part: the merge need not read it again (docs/decisions/0007).
   * @returns its bytes and figures; no bytes when nothing was written
   */
  async end(): Promise<{ bytes: Buffer; figures: FragmentFigures }> {
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

  /** Forgets what was written since the last end. */
  async discard(): Promise<void> {
    if (this.#rawBytes > 0) await this.#flush();
    this.#reset();
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
    this.#rawBytes = 0;
    this.#crc = 0;
    this.#hash = createHash('sha256');
  }
}
