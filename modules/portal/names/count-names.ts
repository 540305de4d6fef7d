import { bytesReplacer } from './in-bytes.ts';
import { textReplacer } from './in-text.ts';
import { xmlReplacer } from './in-xml.ts';
import { stringsOf } from './json-text.ts';
import type { NameJudge } from './name-judge.ts';

/** Replaces the name for counting: a private-use character, which is not a letter and needs no escape. */
const MARK = '\u{f5ac3}';

/**
 * Counts a name in each cell of a row.
 * @param cells each as JSON text, `null` for none; bytes are written `\x6a64` as PostgreSQL does
 */
export function countInCells(cells: readonly (string | null)[], judge: NameJudge): number[] {
  const { matcher } = judge;
  const doubled = judge.holds(/['\\]/); // in lexemes
  const inText = textReplacer(matcher, MARK);
  const unescaped = xmlReplacer(matcher, MARK);
  const inBytes = bytesReplacer(judge, MARK);
  const marked = (text: string, replace: (text: string) => string) => marks(replace(text)) - marks(text);
  const anywhere = (text: string): number => {
    if (/^\\x([0-9a-f]{2})+$/.test(text)) {
      const bytes = Buffer.from(text.slice(2), 'hex');
      return inBytes(bytes).equals(bytes) ? 0 : 1;
    }
    if (text.includes('&')) return marked(text, unescaped) || (text.includes('\\u') ? marked(text, inText) : 0);
    return marked(text, inText) || (doubled ? matcher.count(text.replaceAll("''", "'").replaceAll('\\\\', '\\')) : 0);
  };
  return cells.map((cell) => (cell === null ? 0 : stringsOf(cell).reduce((sum, text) => sum + anywhere(text), 0)));
}

const marks = (text: string): number => text.split(MARK).length - 1;
