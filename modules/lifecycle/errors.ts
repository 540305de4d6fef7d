import { type ErrorTable, GdprError } from '../common/errors.ts';

/** An execution could not be started; the Request has ended, or is unchanged since before a rerun. */
export class NotStartedError extends GdprError {
  override readonly name = 'NotStartedError';
  readonly retryable = false;
  constructor(requestId: string, options: ErrorOptions) {
    super(`Request ${requestId} could not be started; nothing was queried or changed. Try again`, options);
  }
}

/** The service account cannot be used. */
export class ServiceAccountError extends GdprError {
  override readonly name = 'ServiceAccountError';
  readonly retryable = false;
  /** @param why completes `The service account` */
  constructor(why: string) {
    super(`The service account ${why}; send the login of a person`);
  }
}

/** The requester cannot approve their own Request (docs/decisions/0024). */
export class OwnApprovalError extends GdprError {
  override readonly name = 'OwnApprovalError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Request ${requestId} was started by you: another person must approve it`);
  }
}

/** What each error of this room means to a caller and to a source. */
export const LIFECYCLE_ERRORS = {
  NotStartedError: { problem: { status: 503, title: 'The request could not be started' } },
  ServiceAccountError: { problem: { status: 403, title: 'The service account cannot be used' } },
  OwnApprovalError: { problem: { status: 403, title: 'Another person must approve' } },
} as const satisfies ErrorTable;
