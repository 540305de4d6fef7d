/** The archive's name, as the product has it (R8). */
export const BUNDLE_NAME = 'gdpr-data.tar.gz';

/** `gdpr-data-partial.tar.gz` for the suffix `-partial`: the name of an archive that misses something. */
export const partialName = (suffix: string): string => BUNDLE_NAME.replace(/(?=\.tar\.gz$)/, suffix);

/** Where the Bundle of one attempt lies. */
export const bundleKeyOf = (requestId: string, attempt: number): string =>
  `bundles/${requestId}/${attempt}/${BUNDLE_NAME}`;
