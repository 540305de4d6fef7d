import { GdprError } from '../common/errors.ts';

/** The Archive was kept as long as it may be. */
export class ArchiveExpiredError extends GdprError {
  override readonly name = 'ArchiveExpiredError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`The archive of request ${requestId} has expired; start a new request`);
  }
}

/** The archive and all it was made of were destroyed on demand. */
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
