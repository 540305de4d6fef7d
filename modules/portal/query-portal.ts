import { type Fragment, FragmentEncoder } from '../archive/fragment.ts';
import type { PartStore } from '../archive/ports.ts';
import { isDay } from '../common/day-window.ts';
import { FragmentBook } from '../engines/retrieval/fragment-writer.ts';
import { refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { progressNews } from '../requests/progress-news.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { csvRecord } from '../rows/csv.ts';
import type { PortalDatabase, PortalRows } from './ports.ts';

/** Id and name of the Portal among the sources of a Request. */
export const PORTAL_SOURCE = 'portal';
const PORTAL = { source: 'portal', sourceId: PORTAL_SOURCE, name: PORTAL_SOURCE } as const;

export interface QueryPortalPorts extends Omit<SealedPorts, 'log'> {
  readonly portalDatabase: PortalDatabase;
  readonly parts: PartStore;
  readonly deflateLevel: number;
}

/** A fragment ends after this many raw bytes, so that memory stays flat however long a file is. */
const FRAGMENT_RAW_BYTES = 8 * 1024 * 1024;

/** Task `Query Portal`: stores `portal/<file>.csv` as fragments, also without rows. @throws {RequestCancelledError} */
export async function queryPortal(
  { requestId, attempt }: Attempt,
  ports: QueryPortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const { parts, vault, portalDatabase } = ports;
  const committed = await parts.listIndexes(requestId, attempt, PORTAL_SOURCE);
  if (committed.length > 0) {
    await reportEnd(ports, requestId, committed[0]!.fragments);
    return {};
  }
  const subject = await vault.open(requestId, 'subject');
  const { formulaSwitch } = await parts.getFrame(requestId, attempt);
  const sink = parts.openSink(requestId, attempt, PORTAL_SOURCE, 0);
  const encoder = new FragmentEncoder(ports.deflateLevel);
  const book = new FragmentBook(sink, encoder);
  let current: string | undefined; // path of the file
  const progress = () => ({ ...book.figures, ...(current && { current }), state: 'RUNNING' }) as const;
  const news = progressNews(requestId, PORTAL, progress, ports);
  let partETag: string;
  try {
    news.enter('PREPARING');
    await refuseCancelled({ requestId, attempt }, ports.requests);
    partETag = await underCancellation({ requestId, attempt }, ports.requests, signal, async (either) => {
      for await (const rows of portalDatabase.readSubject(subject, either)) {
        if (current === undefined) news.enter('QUERYING');
        current = `portal/${rows.file}.csv`;
        await writeFile(current, rows, book, encoder, formulaSwitch);
      }
      await refuseCancelled({ requestId, attempt }, ports.requests);
      news.enter('WRITING');
      return sink.close();
    });
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    await news.end();
    encoder.close();
  }
  const { fragments } = book;
  const subjects = fragments.some(({ rows }) => rows > 0) ? 1 : 0;
  const { sourceId, name: sourceName } = PORTAL;
  const index = { sourceId, sourceName, seq: 0, fragments, partETag, missing: [], subjects, next: null };
  if (!(await parts.putIndex(requestId, attempt, index))) return queryPortal({ requestId, attempt }, ports, signal);
  await refuseCancelled({ requestId, attempt }, ports.requests, () => parts.deleteParts(requestId, attempt));
  await reportEnd(ports, requestId, fragments);
  return {};
}

async function writeFile(
  path: string,
  { columns, batches }: PortalRows,
  book: FragmentBook,
  encoder: FragmentEncoder,
  neutralizeFormulas: boolean,
): Promise<void> {
  const dayColumn = columns.indexOf('day');
  let part = emptyPart();
  let written = 0;
  for await (const rows of batches) {
    for (const { [dayColumn]: day } of rows)
      if (day && isDay(day)) part.rowsPerDay[day] = (part.rowsPerDay[day] ?? 0) + 1; // `infinity` counts for no day
    const raw = Buffer.from(rows.map((row) => csvRecord(row, neutralizeFormulas)).join(''));
    await encoder.write(raw);
    part.rows += rows.length;
    encoder.openRows = part.rows;
    part.rawBytes += raw.length;
    if (part.rawBytes < FRAGMENT_RAW_BYTES) continue;
    await book.keep(path, columns, part);
    part = emptyPart();
    written += 1;
  }
  if (part.rows > 0 || written === 0) await book.keep(path, columns, part, true);
}

const emptyPart = () => ({ rows: 0, rawBytes: 0, rowsPerDay: {} as Record<string, number> });

function reportEnd({ requests }: QueryPortalPorts, requestId: string, fragments: readonly Fragment[]): Promise<void> {
  const rows = fragments.reduce((sum, fragment) => sum + fragment.rows, 0);
  const bytes = fragments.reduce((sum, { deflateBytes }) => sum + deflateBytes, 0);
  return requests.putProgress(requestId, { ...PORTAL, rows, bytes, state: rows > 0 ? 'DONE' : 'EMPTY' });
}
