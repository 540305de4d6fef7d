import { JSON_STRING, nameMatcher } from './anonymization.ts';
import type { Subject } from './model.ts';
import { bytesReplacer } from './name-in-bytes.ts';
import { xmlReplacer } from './name-in-xml.ts';

/** Stands for the name where only whether it is there matters; no name holds it. */
const MARK = '\0';

/**
 * Counts a name in each cell of a row.
 * @param cells each as JSON text, `null` for none; bytes are written `\x6a64` as PostgreSQL does
 */
export function countInCells(cells: readonly (string | null)[], subject: Subject): number[] {
  const { count } = nameMatcher(subject);
  const unescaped = xmlReplacer(subject, MARK);
  const inBytes = bytesReplacer(subject, MARK);
  const marks = (text: string) => text.split(MARK).length - 1;
  const anywhere = (text: string): number => {
    if (/^\\x([0-9a-f]{2})+$/.test(text)) {
      const bytes = Buffer.from(text.slice(2), 'hex');
      return inBytes(bytes).equals(bytes) ? 0 : 1;
    }
    if (text.includes('&')) return marks(unescaped(text)) - marks(text);
    return count(text) || count(text.replaceAll("''", "'").replaceAll('\\\\', '\\')); // as lexemes double them
  };
  const strings = (cell: string) => (cell.match(JSON_STRING) ?? []).map((quoted) => JSON.parse(quoted) as string);
  return cells.map((cell) => (cell === null ? 0 : strings(cell).reduce((sum, text) => sum + anywhere(text), 0)));
}
