const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
};

/** Text for an element or an attribute of html or xml; a carriage return survives the reader. */
export const escapeMarkup = (text: string): string => text.replace(/[&<>"'\r]/g, (character) => ENTITIES[character]!);

/** The page that refuses a statement, whatever format was asked for: a message, and names that would have been good. */
export function errorPage(message: string, options: readonly string[]): string {
  const items = options.map((option) => `<li>${escapeMarkup(option)}</li>`).join('');
  const list = options.length > 0 ? `<ul id="error_options">${items}</ul>` : '';
  return `<html><head><title>Error</title></head><body><p id="error_message">${escapeMarkup(message)}</p>${list}</body></html>\n`;
}

/** The page for typing statements; here a form that sends them. */
export const editorPage = (): string =>
  '<html><head><title>NXQL editor</title></head><body><form action="/2/query" method="post">' +
  '<textarea name="query" rows="10" cols="80"></textarea><input type="submit" value="Run"></form></body></html>\n';
