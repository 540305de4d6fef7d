import { type ErrorTable, errorOf } from '../common/errors.ts';

/** An execution could not be started; the Request has ended, or is unchanged since before a rerun. */
export class NotStartedError extends errorOf('NotStartedError', (requestId: string) => ({
  message: `Request ${requestId} could not be started; nothing was queried or changed. Try again`,
})) {}

/** The service account cannot be used. @param why completes `The service account` */
export class ServiceAccountError extends errorOf('ServiceAccountError', (why: string) => ({
  message: `The service account ${why}; send the login of a person`,
})) {}

/** The requester cannot approve their own Request (docs/decisions/0024). */
export class OwnApprovalError extends errorOf('OwnApprovalError', (requestId: string) => ({
  message: `Request ${requestId} was started by you: another person must approve it`,
})) {}

export const LIFECYCLE_ERRORS = {
  NotStartedError: { problem: { status: 503, title: 'The request could not be started' } },
  ServiceAccountError: { problem: { status: 403, title: 'The service account cannot be used' } },
  OwnApprovalError: { problem: { status: 403, title: 'Another person must approve' } },
} as const satisfies ErrorTable;
