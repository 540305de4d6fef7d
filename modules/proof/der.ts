/** DER, the encoding of certificates and time stamps. Source: ITU-T X.690. */

/** One value: its tag and what is within. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

const tagged = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff]);
}

export const sequence = (...contents: readonly Buffer[]): Buffer => tagged(0x30, ...contents);
export const set = (...contents: readonly Buffer[]): Buffer => tagged(0x31, ...contents);
/** @param bytes big-endian, without sign; zeros at their start are left out, as DER wants the shortest form */
export function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = bytes.subarray(first < 0 ? bytes.length - 1 : first);
  return tagged(0x02, shortest[0]! > 0x7f ? Buffer.from([0]) : Buffer.alloc(0), shortest);
}
/** The value of no kind. */
export const nothing = (): Buffer => tagged(0x05);
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (content: Buffer): Buffer => tagged(0x04, content);
/** @param unused how many bits at the end do not count */
export const bits = (content: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
/** Tag `[number]` of the context around a value as a whole, or in place of its own tag when it is a primitive. */
export const context = (number: number, content: Buffer, primitive = false): Buffer =>
  tagged((primitive ? 0x80 : 0xa0) | number, content);

/** A time in years 2000 to 2049. */
export const time = (instant: Date): Buffer =>
  tagged(0x17, Buffer.from(`${instant.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

/** An object identifier such as `2.5.4.3`. */
export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number);
  const bytes = [first! * 40 + second!];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tagged(0x06, Buffer.from(bytes));
}

/** Values one after another. @throws {RangeError} the bytes are no DER, or more than there are */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const digits = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || digits > 4) throw new RangeError('a length that DER does not know');
    const start = at + 2 + digits;
    const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits);
    if (start + length > bytes.length) throw new RangeError('a value that is cut off');
    values.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

/** Whether a value is this object identifier. */
export const isOid = ({ tag, content }: DerValue, text: string): boolean =>
  oid(text).subarray(2).equals(content) && tag === 0x06;
