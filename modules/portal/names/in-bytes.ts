import { bothCases } from '../../common/case-folding.ts';
import { textReplacer } from './in-text.ts';
import type { NameJudge } from './name-judge.ts';
import { JOINERS, literal } from './name-matcher.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Replaces the name inside bytes where it is a word of its own: in UTF-8 text as in any text, in other bytes by the UTF-8
 * bytes of the name in any case; then in the bytes read as UTF-16 (little-endian) from even and from odd offsets.
 */
export function bytesReplacer(judge: NameJudge, token: string): (bytes: Buffer) => Buffer {
  const { matcher } = judge;
  const inText = textReplacer(matcher, token);
  const pattern = utf8Pattern(judge);
  const inserted = Buffer.from(token).toString('latin1');
  return (bytes) => {
    const text = asText(bytes);
    const replaced =
      text === undefined
        ? Buffer.from(
            bytes.toString('latin1').replace(pattern, () => inserted),
            'latin1',
          )
        : Buffer.from(inText(text));
    return [0, 1].reduce<Buffer>((rest, from) => inUtf16(rest, from, (wide) => matcher.replace(wide, token)), replaced);
  };
}

/** Edits the bytes from `from` on as UTF-16. Decoding and encoding keep any bytes unchanged. */
function inUtf16(bytes: Buffer, from: number, edit: (text: string) => string): Buffer {
  const end = bytes.length - ((bytes.length - from) % 2);
  const before = bytes.toString('utf16le', from, end);
  const after = edit(before);
  if (after === before) return bytes;
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(after, 'utf16le'), bytes.subarray(end)]);
}

function asText(bytes: Buffer): string | undefined {
  try {
    const text = utf8.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A pattern for bytes decoded as Latin-1. It ignores case; around the name, a byte beyond ASCII counts as a letter. */
function utf8Pattern({ kind, spellings: names }: NameJudge): RegExp {
  const { left, right } = JOINERS[kind];
  const inBytes = (letter: string) => literal(Buffer.from(letter).toString('latin1'));
  const spellings = names.map((spelling) =>
    [...spelling].map((letter) => `(?:${bothCases(letter).map(inBytes).join('|')})`).join(''),
  );
  const word = '[\\w\\x80-\\xff]';
  return new RegExp(`(?<!${word})(?<!${word}[${left}])(?:${spellings.join('|')})(?!${word})(?![${right}]${word})`, 'g');
}
