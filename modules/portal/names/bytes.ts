/** Bytes that are no UTF-8 become characters of a private range, so that the text can be turned back into its bytes. */
const RANGE = 0xf700;
const LONE = /[\uf780-\uf7ff]/;
const MANY = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

const escaped = (bytes: string): string =>
  [...bytes].map((byte) => String.fromCharCode(RANGE + byte.charCodeAt(0))).join('');

/** Reads bytes as UTF-8, with other bytes among it. */
export const decodeBytes = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(MANY, (found) => {
    if (found.length === 1) return escaped(found);
    const text = Buffer.from(found, 'latin1').toString('utf8');
    return text.includes('\ufffd') || LONE.test(text) ? escaped(found) : text;
  });

/** The bytes of a text from `decodeBytes`. */
export const encodeBytes = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/([\uf780-\uf7ff])/)
      .map((part) => (LONE.test(part) ? Buffer.from([part.charCodeAt(0) - RANGE]) : Buffer.from(part))),
  );
