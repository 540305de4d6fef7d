const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Escapes text for an element's content or a quoted attribute. Invisible characters, and those that change the reading
 * direction, are shown by their number.
 */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (found) => `\u2039U+${hex(found)}\u203a`)
    .replaceAll(/[&<>"']/g, (found) => ENTITIES[found]!);

const hex = (text: string): string => text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');

/** A number with thin spaces between thousands. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');

/** `1 row`, `2 rows` */
export const plural = (value: number, word: string): string => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
