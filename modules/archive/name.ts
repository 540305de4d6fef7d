/** The archive's name, as the product has it (R8). */
export const ARCHIVE_NAME = 'gdpr-data.tar.gz';

/** `gdpr-data-partial.tar.gz` for the suffix `-partial`: the name of an archive that misses something. */
export const partialName = (suffix: string): string => ARCHIVE_NAME.replace(/(?=\.tar\.gz$)/, suffix);

/** Where the Archive of one attempt lies. */
export const archiveKeyOf = (requestId: string, attempt: number): string =>
  `archives/${requestId}/${attempt}/${ARCHIVE_NAME}`;
