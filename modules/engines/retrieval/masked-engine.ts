import type { StandIns } from '../../masking/stand-ins.ts';
import type { Treatment } from '../../masking/treatment.ts';
import { borrowKernel, returnKernel } from '../../rows/row-kernel.ts';
import { TsvReader } from '../../rows/tsv.ts';
import { cellTexts, type TsvRecord } from '../../rows/tsv-record.ts';
import type { EngineApi } from '../ports.ts';
import { treatmentOf } from '../tables/column-masking.ts';

const NEEDS_QUOTES = /["\t\r\n]/;

/** An Engine whose answers name nobody but the Subject: nothing behind it ever sees another person's name. */
export const maskedEngine = (engineApi: EngineApi, names: StandIns): EngineApi => ({
  async query(engine, login, query, signal) {
    const answer = await engineApi.query(engine, login, query, signal);
    const treat = (column: string) => treatmentOf(query.file, column, names.subjectKind);
    return maskAnswer(answer, treat, maskCell(names, engine.engineId));
  },
});

type MaskCell = (treatment: Treatment, cell: string) => string;

const maskCell =
  (names: StandIns, engineId: string): MaskCell =>
  (treatment, cell) =>
    treatment === 'id' ? names.id(engineId, cell) : treatment === 'keep' ? cell : names[treatment](cell);

/** Rewrites an answer record by record; memory holds one chunk. */
async function* maskAnswer(
  answer: AsyncIterable<Buffer>,
  treat: (column: string) => Treatment,
  mask: MaskCell,
): AsyncGenerator<Buffer> {
  const kernel = borrowKernel();
  const reader = new TsvReader(kernel);
  let treatments: readonly Treatment[] | undefined;
  const rewrite = (record: TsvRecord): string => {
    const cells = cellTexts(record);
    if (!treatments) {
      treatments = cells.map(treat);
      reader.expect(cells);
      return written(cells);
    }
    return written(cells.map((cell, at) => mask(treatments?.[at] ?? 'hide', cell)));
  };
  const rewriteAll = (chunk: Buffer, last: boolean): Buffer => {
    let text = '';
    for (const record of reader.push(chunk, last)) text += rewrite(record);
    return Buffer.from(text);
  };
  try {
    for await (const chunk of answer) {
      const bytes = rewriteAll(chunk, false);
      if (bytes.length > 0) yield bytes;
    }
    const rest = rewriteAll(Buffer.alloc(0), true);
    if (rest.length > 0) yield rest;
  } finally {
    returnKernel(kernel);
  }
}

const written = (cells: readonly string[]): string =>
  `${cells.map((cell) => (NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join('\t')}\n`;
