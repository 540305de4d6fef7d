import { isUtf8 } from 'node:buffer';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Answer, RecordError } from './exchange.ts';
import type { RawAnswer } from './pass-through.ts';

/** Rewrites the text of an answer, whatever its charset, and compresses it again if it was. */
export function recoded({ bytes, ...answer }: RawAnswer, rewrite: (text: string) => string): Answer {
  const coding = answer.headers['content-encoding'] ?? 'identity';
  if (!['identity', 'gzip'].includes(coding)) throw new RecordError(`the content encoding ${coding} is not known here`);
  const plain = coding === 'gzip' ? gunzipSync(bytes) : bytes;
  const charset = charsetOf(plain, answer.headers['content-type'] ?? '');
  const written = encode(rewrite(decode(plain, charset)), charset);
  const packed = coding === 'gzip' ? gzipSync(written) : written;
  if (isUtf8(packed)) return { ...answer, body: packed.toString() };
  return { ...answer, body: packed.toString('base64'), isBase64: true };
}

export const bytesOf = ({ body, isBase64 }: Pick<Answer, 'body' | 'isBase64'>): Buffer =>
  Buffer.from(body, isBase64 ? 'base64' : 'utf8');

type Charset = 'utf8' | 'latin1' | 'utf16le' | 'utf16be';

/** What the bytes show comes before what is said of them. */
function charsetOf(bytes: Buffer, type: string): Charset {
  const said = /charset\s*=\s*"?utf-?16(le|be)?/i.exec(type);
  const zeros = [0, 1].map((parity) => bytes.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  const isWhole = bytes.length % 2 === 0; // an odd byte at the end would be lost
  const isWide =
    isWhole &&
    (said || bytes.subarray(0, 2).equals(Buffer.from([255, 254])) || zeros[0]! + zeros[1]! > bytes.length / 8);
  if (isWide) return zeros[0]! > zeros[1]! ? 'utf16be' : 'utf16le';
  return isUtf8(bytes) ? 'utf8' : 'latin1';
}

const decode = (bytes: Buffer, charset: Charset): string =>
  charset === 'utf16be' ? swapped(bytes).toString('utf16le') : bytes.toString(charset);
const encode = (text: string, charset: Charset): Buffer =>
  charset === 'utf16be' ? swapped(Buffer.from(text, 'utf16le')) : Buffer.from(text, charset);
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
