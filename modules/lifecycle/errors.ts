import { GdprError } from '../common/errors.ts';

/** An execution could not be started; the Request has ended, or is as it was before a rerun. */
export class NotStartedError extends GdprError {
  override readonly name = 'NotStartedError';
  readonly retryable = false;
  constructor(requestId: string, options: ErrorOptions) {
    super(`Request ${requestId} could not be started, so nothing was asked or changed; try again`, options);
  }
}

/** The system's own account at Nexthink was asked for, and cannot be used. */
export class ServiceAccountError extends GdprError {
  override readonly name = 'ServiceAccountError';
  readonly retryable = false;
  /** @param why completes `The service account` */
  constructor(why: string) {
    super(`The service account ${why}; give the login of a person`);
  }
}

/** Who asked for something cannot approve it too (D10). */
export class OwnApprovalError extends GdprError {
  override readonly name = 'OwnApprovalError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Request ${requestId} was started by you: another person must approve it`);
  }
}
