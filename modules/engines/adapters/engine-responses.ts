import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { GdprError } from '../../common/errors.ts';
import { ForbiddenAddressError, isTrustFailure, isUnsent } from '../../net/https-agent.ts';
import { chunksOf } from '../../net/read-chunks.ts';
import * as errors from '../errors.ts';
import type { LicenceMarker } from '../settings.ts';
import { MAX_ERROR_PAGE, optionsOf } from './error-page.ts';

/** Maximum bytes of a page that are searched for the words of a licence. */
const PAGE_BYTES = 4096;

const LF = 0x0a;

/** What an answer other than 200 means. Reads the page of a 400, and a page that may name the licence. */
export async function refusalOf(answer: IncomingMessage, engineId: string, file: string, marker: LicenceMarker) {
  const status = answer.statusCode ?? 0;
  if (marker.statuses.includes(status) && speaksOfLicence(await readStart(answer, PAGE_BYTES), marker))
    return new errors.EngineLicenceError(engineId);
  if (status === 400)
    return new errors.EngineQueryRejectedError(engineId, file, optionsOf(await readStart(answer, MAX_ERROR_PAGE)));
  answer.destroy();
  if (status === 401 || status === 403) return new errors.EngineAuthError(engineId);
  if (status >= 500 || status === 429 || status === 408) return new errors.EngineUnavailableError(engineId);
  const what = status >= 300 && status < 400 ? `a redirect (${status}), which is not followed` : `status ${status}`;
  return new errors.EngineAnswerError(engineId, what);
}

/** Text at the start of a body; the rest is left unread. */
async function readStart(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= most) break;
  }
  return withoutBadBytes()(Buffer.concat(chunks).subarray(0, most)).toString();
}

const speaksOfLicence = (page: string, { words }: LicenceMarker): boolean =>
  words.some((word) => page.toLowerCase().includes(word.toLowerCase()));

interface BodyRules {
  readonly engineId: string;
  readonly answerBytes: number;
  /** Maximum pause within a body. */
  readonly idleSeconds: number;
  readonly marker: LicenceMarker;
  readonly onRecoded?: () => void;
}

/**
 * Passes the body of an answer on, unless it is a web page (error and login pages come under status 200 too), too
 * long, or stops in its middle. A body that ends only with its connection is whole when its last record ends:
 * published clients rely on that line feed. Source: docs/nxql.md, "Answer". Under a length or in chunks it may be absent.
 */
export async function* dataOf(body: IncomingMessage, rules: BodyRules): AsyncGenerator<Buffer> {
  const { engineId, answerBytes, idleSeconds, marker } = rules;
  if ((body.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    body.destroy();
    throw new errors.EngineAnswerError(engineId, 'a content encoding that was not agreed');
  }
  const recode = recoderOf(body, rules);
  const page: Buffer[] = [];
  let head: Buffer | undefined = Buffer.alloc(0); // until it is clear whether a page or data has begun
  let size = 0;
  let lastByte: number | undefined;
  let waiting = false; // for the Engine, which may need time before its first byte, and not for our reader
  const idle = setTimeout(() => {
    if (waiting) body.destroy(new Error(`no byte for ${idleSeconds} s`));
  }, idleSeconds * 1000);
  const take = (bytes: Buffer): Buffer | undefined => {
    size += bytes.length;
    lastByte = bytes.at(-1) ?? lastByte;
    if (size > answerBytes) throw new errors.EngineRowsError(engineId, `more than ${answerBytes} bytes`);
    if (page.length > 0) page.push(bytes);
    else if (!head) return bytes;
    else {
      head = Buffer.concat([head, bytes]);
      if (isPage(head)) page.push(head);
      else if (!isBlank(head)) {
        const begun = head;
        head = undefined;
        return begun;
      }
    }
    return undefined;
  };
  try {
    for await (const chunk of chunksOf(body)) {
      waiting = false;
      const data = take(recode(chunk, false));
      if (data) yield data;
      if (page.length > 0 && size >= PAGE_BYTES) break;
      waiting = true;
      idle.refresh();
    }
    const rest = take(recode(Buffer.alloc(0), true)) ?? head;
    if (page.length === 0 && rest?.length) yield rest;
  } finally {
    clearTimeout(idle);
  }
  if (page.length === 0) {
    if (!isFramed(body) && lastByte !== LF)
      throw new errors.EngineUnavailableError(engineId, { cause: 'no line end at the end' });
    return;
  }
  if (speaksOfLicence(Buffer.concat(page).toString(), marker)) throw new errors.EngineLicenceError(engineId);
  throw new errors.EngineAnswerError(engineId, 'a web page instead of data');
}

/** Encodings in which one byte shows that a text is not UTF-8, under any of their names. Source: WHATWG Encoding, "Names and labels". */
const READABLE = /^(utf-(8|16[lb]e)|iso-8859-.+|windows-\d+|koi8-.|ibm866|macintosh)$/;

/**
 * Converts texts to UTF-8, piece by piece; what may be the start of a character waits for the next piece. Some servers name
 * Latin-1 by default and send UTF-8, others do the opposite: what is UTF-8 stays as it is, and what is said to be UTF-8 and is not
 * is read as Windows-1252.
 */
function recoderOf(body: IncomingMessage, rules: BodyRules): (chunk: Buffer, last: boolean) => Buffer {
  const convert = converterOf(body, rules);
  let open: Buffer = Buffer.alloc(0);
  return (chunk, last) => {
    const bytes = open.length > 0 ? Buffer.concat([open, chunk]) : chunk;
    const end = bytes.length - (last ? 0 : openLength(bytes));
    open = bytes.subarray(end);
    return convert(bytes.subarray(0, end));
  };
}

/** Number of bytes at the end that the next chunk may continue. */
const openLength = (bytes: Buffer): number =>
  (bytes.at(-1) ?? 0) < 0x80
    ? 0
    : (/[\xC2-\xF4][\x80-\xBF]{0,2}$/.exec(bytes.toString('latin1', bytes.length - 3))?.[0].length ?? 0);

function converterOf(body: IncomingMessage, { engineId, onRecoded }: BodyRules): (bytes: Buffer) => Buffer {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(body.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  const mend = withoutBadBytes(onRecoded);
  const decoder = decoderOf(charset);
  if (!decoder) {
    body.destroy();
    throw new errors.EngineAnswerError(engineId, `charset ${charset}`);
  }
  if (['utf-8', 'windows-1252'].includes(decoder.encoding)) return mend;
  let isOther = decoder.encoding.startsWith('utf-16') ? true : undefined;
  return (bytes) => {
    // the first character decides, not the piece that it came in
    if (isOther === undefined && !isAscii(bytes))
      isOther = bytes.toString('latin1').matchAll(CHARACTER).next().value![0].length === 1;
    if (isOther) onRecoded?.();
    return isOther ? Buffer.from(decoder.decode(bytes, { stream: true })) : mend(bytes);
  };
}

function decoderOf(charset: string): TextDecoder | undefined {
  try {
    const decoder = new TextDecoder(charset);
    return READABLE.test(decoder.encoding) ? decoder : undefined;
  } catch {
    return undefined; // nobody knows the name
  }
}

/** One character in UTF-8, or a byte that belongs to none, of bytes that are read as Latin-1. Source: Unicode 16, table 3-7. */
const CHARACTER =
  /(?:[\xC2-\xDF]|\xE0[\xA0-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF]|\xED[\x80-\x9F]|(?:\xF0[\x90-\xBF]|[\xF1-\xF3][\x80-\xBF]|\xF4[\x80-\x8F])[\x80-\xBF])[\x80-\xBF]|[\x80-\xFF]/g;

/** Bytes that are not UTF-8 become the characters that they are in Windows-1252, so that strict readers accept the archive. */
function withoutBadBytes(onRecoded?: () => void): (bytes: Buffer) => Buffer {
  const decoder = new TextDecoder('windows-1252');
  const inUtf8 = (found: string) =>
    found.length > 1 ? found : Buffer.from(decoder.decode(Buffer.from(found, 'latin1'))).toString('latin1');
  return (bytes) => {
    if (isUtf8(bytes)) return bytes;
    onRecoded?.();
    return Buffer.from(bytes.toString('latin1').replaceAll(CHARACTER, inUtf8), 'latin1');
  };
}

/** True when HTTP itself shows that a body was cut short. */
const isFramed = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** The start of a body behind a byte order mark and blanks. A mark that is cut is examined again when it is whole. */
const beginningOf = (head: Buffer): string => head.toString('utf8', 0, PAGE_BYTES).trimStart();

const isPage = (head: Buffer): boolean => beginningOf(head).startsWith('<');

/** True when the start is too short to recognize a page. */
const isBlank = (head: Buffer): boolean => head.length < PAGE_BYTES && /^\uFFFD*$/.test(beginningOf(head));

/** Turns a failed exchange into an error of this system. */
export function nameFailure(error: unknown, engineId: string): GdprError {
  if (error instanceof GdprError) return error;
  if (error instanceof ForbiddenAddressError) return new errors.EngineAddressError(engineId);
  if (isTrustFailure(error)) return new errors.EngineTlsError(engineId, { cause: error });
  return new errors.EngineUnavailableError(engineId, { cause: error, unsent: isUnsent(error) });
}
