import { S3ServiceException } from '@aws-sdk/client-s3';
import { GdprError, StorageUnavailableError } from '../../common/errors.ts';
import { PartDamagedError } from '../errors.ts';

/** Answers for an object that is missing, different or shorter. */
const NOT_AS_COMMITTED = ['NoSuchKey', 'PreconditionFailed', 'InvalidRange', 'InvalidArgument', 'InvalidRequest'];

/** The error for a failed read or copy of a Part: the Part is damaged, or the store does not answer. */
export function partFailure(error: unknown, partKey: string): unknown {
  const damaged = error instanceof S3ServiceException && NOT_AS_COMMITTED.includes(error.name);
  return damaged ? new PartDamagedError(partKey) : storeFailure(error);
}

/** `StorageUnavailableError` if a later try may succeed; else the error itself. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof GdprError) return error;
  const status = statusOf(error);
  const conflict = status === 409; // another conditional write of the same key was under way
  const unanswered = status === undefined && isNetworkFailure(error);
  const busy = conflict || (status !== undefined && (status >= 500 || status === 429));
  return busy || unanswered ? new StorageUnavailableError({ cause: error }) : error;
}

export const isPreconditionFailed = (error: unknown): boolean => statusOf(error) === 412;

/** HTTP status of an answer of S3; undefined without an answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** System errors carry a `code` in capitals (`ECONNRESET`), other than Node's own (`ERR_...`); the client names its own `TimeoutError`. */
const isNetworkFailure = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || /^E(?!RR_)[A-Z]+$/.test(String((error as { code?: string }).code)));
