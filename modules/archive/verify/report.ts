import { GdprError } from '../../common/errors.ts';

/** The archive is not what its manifest says: which file, which fragment of it (counted from 1), and how. */
export class ArchiveDamagedError extends GdprError {
  override readonly name = 'ArchiveDamagedError';
  readonly retryable = false;
  readonly file: string | undefined;
  readonly fragment: number | undefined;
  constructor(what: string, file?: string, fragment?: number) {
    const where = [file, fragment === undefined ? undefined : `fragment ${fragment}`].filter(Boolean).join(', ');
    super(where ? `${where}: ${what}` : what);
    this.file = file;
    this.fragment = fragment;
  }
}

/** What a sound archive holds. `byteLength` compressed, `rawBytes` of the tar; `rows` of all CSV files. */
export interface VerifiedArchive {
  readonly byteLength: number;
  readonly rawBytes: number;
  readonly files: number;
  readonly fragments: number;
  readonly rows: number;
  /** False when the manifest says that something is missing: the archive is sound all the same. */
  readonly complete: boolean;
  readonly requestId: string;
}
