export const ARCHIVE_NAME = 'gdpr-data.tar.gz';

/** Name of an incomplete archive: `gdpr-data-partial.tar.gz` for the suffix `-partial`. */
export const partialName = (suffix: string): string => ARCHIVE_NAME.replace(/(?=\.tar\.gz$)/, suffix);

export const archiveKeyOf = (requestId: string, attempt: number): string =>
  `archives/${requestId}/${attempt}/${ARCHIVE_NAME}`;
