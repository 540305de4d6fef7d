import { type ErrorTable, GdprError } from '../common/errors.ts';

/** The retention time of the archive is over. */
export class ArchiveExpiredError extends GdprError {
  override readonly name = 'ArchiveExpiredError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`The archive of request ${requestId} has expired; start a new request`);
  }
}

/** The archive and its Parts were destroyed on demand. */
export class ArchiveDestroyedError extends GdprError {
  override readonly name = 'ArchiveDestroyedError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`The archive of request ${requestId} was destroyed; start a new request`);
  }
}

/** A Part does not hold what its index says. */
export class PartDamagedError extends GdprError {
  override readonly name = 'PartDamagedError';
  readonly retryable = false;
  constructor(partKey: string, options?: ErrorOptions) {
    super(`Part ${partKey} is damaged`, options);
  }
}

/** The archive differs from its manifest. The error names the file, the fragment (counted from 1) and the difference. */
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

/** What each error of this room means to a caller and to a source. */
export const ARCHIVE_ERRORS = {
  ArchiveExpiredError: { problem: { status: 410, title: 'The archive has expired' } },
  ArchiveDestroyedError: { problem: { status: 410, title: 'The archive was destroyed' } },
  PartDamagedError: {},
  ArchiveDamagedError: {},
} as const satisfies ErrorTable;
