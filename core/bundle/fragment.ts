import { createHash, type Hash } from 'node:crypto';
import { constants, crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib';

/** Rows of one CSV file from one source: a run of raw deflate without a final block, ended by `00 00 FF FF` (D4). */
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
  readonly rows: number;
  /** Rows per day (`YYYY-MM-DD`, the source's zone), for tables with a time. */
  readonly rowsPerDay: Readonly<Record<string, number>>;
  /** The first CSV records, for the archive's overview. */
  readonly firstRows: readonly string[];
}

/** A gap that the manifest must name: a file, or a stretch of it, that could not be had (R12). */
export interface MissingPart {
  readonly file: string;
  /** Name of an error of `core/errors.ts`, or `ROW_LIMIT`, `FOREIGN_ROWS`. */
  readonly reason: string;
  readonly platform?: string;
  readonly from?: string;
  readonly to?: string;
}

/** What one worker invocation has committed. `next` is where the following one goes on; `null` when the source is done. */
export interface PartIndex {
  readonly sourceId: string;
  readonly sourceName: string;
  readonly seq: number;
  readonly fragments: readonly Fragment[];
  readonly missing: readonly MissingPart[];
  /** How many objects carry the asked name; 0 when the source does not know it. */
  readonly subjects: number;
  readonly next: unknown;
}

/** What `Open Request` fixed for one attempt: the files of the archive with their headers, the sources, the span of days. */
export interface FragmentPlan {
  readonly files: readonly { readonly file: string; readonly columns: readonly string[] }[];
  /** First attempt's instant, ISO 8601 UTC; windows are frozen on it (D3a). */
  readonly frozenAt: string;
  readonly engines: readonly import('../model.ts').Engine[];
  readonly federation: 'configured' | 'all-listed';
  readonly formulaSwitch: boolean;
}

/** How many CSV records an index keeps of each fragment. */
const FIRST_ROWS = 5;

/** Figures of one fragment, taken while its rows pass by. */
export type FragmentFigures = Pick<Fragment, 'rawBytes' | 'crc32' | 'sha256' | 'deflateBytes'>;

/**
 * Deflates the rows of one source into fragments, one after another over the same compressor. A fragment that is cut
 * short by `discard` costs nothing: a full flush has forgotten it, so the next one stands on its own.
 */
export class FragmentEncoder {
  readonly #deflate: DeflateRaw;
  #output: Buffer[] = [];
  #failure: Error | undefined;
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

  /** Takes raw CSV bytes; resolves when the compressor wants more. */
  async write(raw: Buffer): Promise<void> {
    if (raw.length === 0) return;
    if (this.#failure) throw this.#failure;
    this.#rawBytes += raw.length;
    this.#crc = crc32(raw, this.#crc);
    this.#hash.update(raw);
    await new Promise<void>((resolve, reject) =>
      this.#deflate.write(raw, (error) => (error ? reject(error) : resolve())),
    );
  }

  /** Ends the fragment. @returns its bytes and figures; no bytes when nothing was written */
  async end(): Promise<{ bytes: Buffer; figures: FragmentFigures }> {
    const bytes = this.#rawBytes === 0 ? Buffer.alloc(0) : await this.#flush();
    const figures = {
      rawBytes: this.#rawBytes,
      crc32: this.#crc,
      sha256: this.#hash.digest('hex'),
      deflateBytes: bytes.length,
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
    return Buffer.concat(this.#output);
  }

  #reset(): void {
    this.#output = [];
    this.#rawBytes = 0;
    this.#crc = 0;
    this.#hash = createHash('sha256');
  }
}

/** Keeps the first records that pass, as text. */
export const keepFirst = (kept: string[], record: string): void => {
  if (kept.length < FIRST_ROWS) kept.push(record);
};
