/** In Latin-1: bytes as of one character of UTF-8, or one that begins none. */
const CHARACTER = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

/** Reads bytes as UTF-8. Other bytes become U+F780 to U+F7FF, as do the bytes of these characters, to be turned back. */
export const decodeBytes = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(CHARACTER, (one) => {
    const text = Buffer.from(one, 'latin1').toString();
    if (Buffer.from(text).toString('latin1') === one && !/[\uf780-\uf7ff]/.test(text)) return text;
    return one.replace(/./g, (byte) => String.fromCharCode(0xf700 + byte.charCodeAt(0)));
  });

export function encodeBytes(text: string): Buffer {
  const latin1 = Buffer.from(text).toString('latin1');
  const turned = (one: string) => String.fromCharCode(Buffer.from(one, 'latin1').toString().charCodeAt(0) & 0xff);
  return Buffer.from(latin1.replace(/\xef[\x9e\x9f][\x80-\xbf]/g, turned), 'latin1');
}
