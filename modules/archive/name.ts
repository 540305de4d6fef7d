export const ARCHIVE_NAME = 'gdpr-data.tar.gz';

export const archiveKeyOf = (requestId: string, attempt: number): string =>
  `archives/${requestId}/${attempt}/${ARCHIVE_NAME}`;
