import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FragmentEncoder } from '../../modules/archive/fragment.ts';
import type { ArchiveFile, ArchiveFragment } from '../../modules/archive/layout.ts';
import { csvRows } from './rows.ts';

/** Tables of one Engine, from long to short, each this part of the one before. */
const TABLES = 20;
const SHRINK = 0.65;
/** How much each Engine holds, 1 being the average. */
export const ENGINE_SHARES: readonly number[] = [0.5, 0.6, 0.8, 0.9, 1.1, 1.2, 1.4, 1.5];

/**
 * One piece of rows, deflated once, in two files: only one is in memory at a time. Longer tables are the same piece
 * again, further apart than deflate looks back.
 */
interface Piece {
  readonly rawFile: string;
  readonly deflatedFile: string;
  readonly figures: Awaited<ReturnType<FragmentEncoder['end']>>['figures'];
}

/**
 * Writes Parts, the index (`files.json`) and, for rivals, ready CSV files (`csv/`) for about `megabytes` MB at each of
 * the scales.
 * @param hasRivals whether CSV files are needed at this scale
 * @returns the folder of each scale; its CSV files are removed when the next one is asked for
 */
export async function* writeMaterial(
  folder: string,
  megabytes: number,
  scales: readonly number[],
  hasRivals: (scale: number) => boolean,
): AsyncGenerator<{ scale: number; folder: string }> {
  const pieces = await writePieces(join(folder, 'pieces'), megabytes);
  for (const scale of scales) {
    const place = join(folder, `${scale}x`);
    await mkdir(join(place, 'csv/engines'), { recursive: true });
    const files: ArchiveFile[] = pieces.map((_, table) => ({ name: fileName(table), head: HEAD, fragments: [] }));
    for (const engine of ENGINE_SHARES.keys()) await writePart(place, engine, pieces, scale, files);
    if (hasRivals(scale)) for (const [table, of] of pieces.entries()) await writeCsv(place, table, of, scale);
    await writeFile(
      join(place, 'files.json'),
      JSON.stringify(files.map((file) => ({ ...file, head: String(file.head) }))),
    );
    yield { scale, folder: place };
    await rm(join(place, 'csv'), { recursive: true });
  }
}

const HEAD = Buffer.from('engine,platform,time,sha256,ip,url,binary,bytes\r\n');
const fileName = (table: number): string => `engines/table_${String(table).padStart(2, '0')}.csv`;

async function writePieces(folder: string, megabytes: number): Promise<Piece[][]> {
  await mkdir(folder);
  const whole = (1 - SHRINK ** TABLES) / (1 - SHRINK);
  const encoder = new FragmentEncoder(6);
  const tables: Piece[][] = [];
  for (let table = 0; table < TABLES; table++) {
    tables.push([]);
    for (const [engine, share] of ENGINE_SHARES.entries()) {
      const byteLength = (megabytes * 1e6 * SHRINK ** table * share) / whole / ENGINE_SHARES.length;
      const raw = csvRows(byteLength, engine, table);
      await encoder.write(raw);
      const { bytes, figures } = await encoder.end();
      const file = join(folder, `${table}-${engine}`);
      const piece: Piece = { rawFile: `${file}.csv`, deflatedFile: `${file}.deflated`, figures };
      await writeFile(piece.rawFile, raw);
      await writeFile(piece.deflatedFile, bytes);
      tables[table]!.push(piece);
    }
  }
  encoder.close();
  return tables;
}

/** One Engine's Part: its tables in order, each as many fragments as the scale says. */
async function writePart(
  place: string,
  engine: number,
  pieces: readonly Piece[][],
  scale: number,
  files: ArchiveFile[],
) {
  const partKey = `engine-${engine}`;
  const part = await open(join(place, partKey), 'w');
  let offset = 0;
  for (const [table, ofTable] of pieces.entries()) {
    const { deflatedFile, figures } = ofTable[engine]!;
    const bytes = await readFile(deflatedFile);
    for (let time = 0; time < scale; time++) {
      await part.write(bytes);
      const facts = { file: fileName(table), columns: [], rows: 1, rowsPerDay: {} };
      (files[table]!.fragments as ArchiveFragment[]).push({ ...facts, partKey, partETag: partKey, offset, ...figures });
      offset += bytes.length;
    }
  }
  await part.close();
}

async function writeCsv(place: string, table: number, ofTable: readonly Piece[], scale: number): Promise<void> {
  const csv = await open(join(place, 'csv', fileName(table)), 'w');
  await csv.write(HEAD);
  for (const { rawFile } of ofTable) {
    const raw = await readFile(rawFile);
    for (let time = 0; time < scale; time++) await csv.write(raw);
  }
  await csv.close();
}
