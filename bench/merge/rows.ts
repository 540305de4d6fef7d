import { createHash } from 'node:crypto';

const ROWS_AT_ONCE = 500;

/** About `byteLength` bytes of CSV rows as an Engine's: times, hashes, addresses, names of programs. The same each time. */
export function csvRows(byteLength: number, engine: number, table: number): Buffer {
  const chunks: string[] = [];
  let written = 0;
  for (let row = 0; written < byteLength; row += ROWS_AT_ONCE) {
    const lines = Array.from({ length: ROWS_AT_ONCE }, (_, i) => csvRow(row + i, engine, table)).join('');
    chunks.push(lines);
    written += lines.length;
  }
  return Buffer.from(chunks.join(''));
}

function csvRow(row: number, engine: number, table: number): string {
  const hash = createHash('sha1').update(`${engine}/${table}/${row}`).digest();
  const time = new Date(1_795_000_000_000 + row * 7001 + hash[0]! * 10).toISOString();
  const seen = hash.toString('hex', 0, 8);
  const url = `https://intranet.example/${PAGES[hash[1]! % PAGES.length]}/${hash[2]! % 64}`;
  const binary = BINARIES[hash[3]! % BINARIES.length];
  return `engine-${engine},windows,${time},${seen},10.${hash[4]! % 4}.${hash[5]}.${hash[6]},${url},${binary},${hash.readUInt16BE(7)}\r\n`;
}

const PAGES = ['start', 'mail', 'wiki', 'time-sheet', 'search', 'travel', 'people', 'news'];
const BINARIES = ['outlook.exe', 'excel.exe', 'chrome.exe', 'teams.exe', 'svchost.exe', 'explorer.exe', 'code.exe'];
