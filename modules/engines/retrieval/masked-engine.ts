import type { StandIns, Treatment } from '../../masking/stand-ins.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { cellTexts } from '../../rows/tsv.ts';
import type { EngineApi } from '../ports.ts';
import { COMMON_COLUMNS } from '../tables/data-model.ts';
import { ENGINE_TABLES, FILES } from '../tables/tables.ts';
import { recordsOf } from './read-answer.ts';

const NEEDS_QUOTES = /["\t\r\n]/;
/** Characters of rewritten records that are passed on together. */
const PIECE = 65_536;

/** An Engine whose answers name nobody but the Subject: nothing behind it ever sees another person's name. */
export const maskedEngine = (engineApi: EngineApi, names: StandIns): EngineApi => ({
  async query(engine, login, query, signal) {
    const answer = await engineApi.query(engine, login, query, signal);
    const treat = (column: string) => treatmentOf(query.file, column, names.subjectKind);
    return maskAnswer(recordsOf(engine.engineId, answer), treat, (treatment, cell) => {
      if (treatment === 'id') return names.id(engine.engineId, cell);
      return treatment === 'keep' ? cell : names[treatment](cell);
    });
  },
});

async function* maskAnswer(
  records: ReturnType<typeof recordsOf>,
  treat: (column: string) => Treatment,
  mask: (treatment: Treatment, cell: string) => string,
): AsyncGenerator<Buffer> {
  let treatments: readonly Treatment[] | undefined;
  let text = '';
  for await (const record of records) {
    const cells = cellTexts(record);
    text += written(treatments ? cells.map((cell, at) => mask(treatments?.[at] ?? 'hide', cell)) : cells);
    treatments ??= cells.map(treat);
    if (text.length < PIECE) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text) yield Buffer.from(text);
}

const written = (cells: readonly string[]): string =>
  `${cells.map((cell) => (NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join('\t')}\n`;

/** How a column is masked. The data subject's own account stays as it is. @param file gives the table of columns that name none */
export function treatmentOf(file: string, column: string, subject: SubjectKind): Treatment {
  const slash = column.indexOf('/');
  const dynamic = column.startsWith('#') || column.includes(':'); // `#score:Definition/Leaf` names no table
  const table = slash > 0 && !dynamic ? column.slice(0, slash) : (FILES.get(file)?.of ?? '');
  const field = slash > 0 && !dynamic ? column.slice(slash + 1) : column;
  if (table === 'user' && subject === 'user') return 'keep';
  const known = Object.hasOwn(ENGINE_TABLES, table) ? ENGINE_TABLES[table] : undefined;
  if (known && Object.hasOwn(known.columns, field)) return known.columns[field]![2];
  // Nobody knows what the columns of a newer table hold.
  if (!known && table !== '') return Object.hasOwn(COMMON_COLUMNS, field) ? 'keep' : 'hide';
  // Names of destinations and domains stay, since they tell what was used.
  if (known?.hides === undefined) return /(^|_)paths?$/.test(field) ? 'path' : 'keep';
  return new RegExp(known.hides, 'i').test(field) ? 'hide' : 'keep';
}
