import { type ErrorTable, errorOf } from '../common/errors.ts';

export class ArchiveExpiredError extends errorOf('ArchiveExpiredError', (requestId: string) => ({
  message: `The archive of request ${requestId} has expired; start a new request`,
})) {}

export class ArchiveDestroyedError extends errorOf('ArchiveDestroyedError', (requestId: string) => ({
  message: `The archive of request ${requestId} was destroyed; start a new request`,
})) {}

/** A Part does not hold what its index says. */
export class PartDamagedError extends errorOf('PartDamagedError', (partKey: string) => ({
  message: `Part ${partKey} is damaged`,
})) {}

/** The archive differs from its manifest. The error names the file, the fragment (counted from 1) and the difference. */
export class ArchiveDamagedError extends errorOf(
  'ArchiveDamagedError',
  (what: string, file?: string, fragment?: number) => {
    const where = [file, fragment === undefined ? undefined : `fragment ${fragment}`].filter(Boolean).join(', ');
    return { message: where ? `${where}: ${what}` : what, file, fragment };
  },
) {}

export const ARCHIVE_ERRORS = {
  ArchiveExpiredError: { problem: { status: 410, title: 'The archive has expired' } },
  ArchiveDestroyedError: { problem: { status: 410, title: 'The archive was destroyed' } },
} as const satisfies ErrorTable;
