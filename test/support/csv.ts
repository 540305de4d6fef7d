/** A strict RFC 4180 reader for tests, written apart from the code under test. @throws on anything it does not allow */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '"') {
      let close = at + 1;
      for (;;) {
        close = text.indexOf('"', close);
        if (close < 0) throw new Error('a quoted cell does not end');
        if (text[close + 1] !== '"') break;
        close += 2;
      }
      row.push(text.slice(at + 1, close).replaceAll('""', '"'));
      at = close + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
        if (text[at] === '"' || text[at] === '\n') throw new Error(`a bare ${JSON.stringify(text[at])} at ${at}`);
        at++;
      }
      row.push(text.slice(start, at));
    }
    if (text[at] === ',') at++;
    else if (text[at] === '\r' && text[at + 1] === '\n') {
      at += 2;
      rows.push(row);
      row = [];
    } else throw new Error(`neither comma nor line end at ${at}`);
    if (row.length > 0 && at >= text.length) row.push('');
  }
  if (row.length > 0) throw new Error('the last record has no line end');
  return rows;
}
