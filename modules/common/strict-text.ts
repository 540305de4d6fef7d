const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes of UTF-8 as text, without a byte order mark: other bytes would silently become another name. @throws {TypeError} */
export const strictText = (bytes: Uint8Array): string => utf8.decode(bytes);

/** True for a text in which bytes that were not UTF-8, or halves of characters, were replaced or left alone. */
export const isDamaged = (text: string): boolean => text.includes('\ufffd') || !text.isWellFormed();
