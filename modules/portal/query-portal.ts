import { type Fragment, FragmentEncoder } from '../archive/fragment.ts';
import type { FragmentSink, PartStore } from '../archive/ports.ts';
import { isDay } from '../common/day-window.ts';
import type { Clock } from '../common/ports.ts';
import { FragmentBook } from '../engines/retrieval/fragment-writer.ts';
import { refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { ProgressNews } from '../requests/progress-news.ts';
import type { SourceProgress } from '../requests/source.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { csvRecord } from '../rows/csv.ts';
import type { PortalDatabase, PortalRows } from './ports.ts';

/** Id and name of the Portal among the sources of a Request. */
export const PORTAL_SOURCE = 'portal';
const PORTAL = { source: 'portal', sourceId: PORTAL_SOURCE, name: PORTAL_SOURCE } as const;

export interface QueryPortalPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly portalDatabase: PortalDatabase;
  readonly parts: PartStore;
  readonly clock: Clock;
  /** zlib level of the fragments. */
  readonly deflateLevel: number;
}

/** A fragment ends after this many raw bytes, so that memory stays flat however long a file is. */
const FRAGMENT_RAW_BYTES = 8 * 1024 * 1024;

/**
 * Task `Query Portal`: stores what the Portal database holds about the Subject as fragments `portal/<file>.csv`. A file
 * without rows is committed, too: the archive needs its header. A repeat after the commit does nothing.
 * @throws {RequestCancelledError} cancelled meanwhile; nothing is left behind
 */
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
  const writer = new PortalFragments(sink, ports.deflateLevel, formulaSwitch);
  const news = new ProgressNews(requestId, PORTAL, () => ({ ...writer.progress, state: 'RUNNING' }), ports);
  let partETag: string;
  try {
    news.enter('PREPARING');
    await refuseCancelled({ requestId, attempt }, ports.requests);
    partETag = await underCancellation({ requestId, attempt }, ports.requests, signal, async (either) => {
      for await (const rows of portalDatabase.readSubject(subject, either)) {
        if (writer.fragments.length === 0) news.enter('QUERYING');
        await writer.file(rows);
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
    writer.close();
  }
  const { fragments } = writer;
  const subjects = fragments.some(({ rows }) => rows > 0) ? 1 : 0;
  const source = { sourceId: PORTAL_SOURCE, sourceName: PORTAL_SOURCE };
  const index = { ...source, seq: 0, fragments, partETag, missing: [], subjects, next: null };
  if (!(await parts.putIndex(requestId, attempt, index))) return queryPortal({ requestId, attempt }, ports, signal);
  await refuseCancelled({ requestId, attempt }, ports.requests, () => parts.deleteParts(requestId, attempt));
  await reportEnd(ports, requestId, fragments);
  return {};
}

/** Writes the files of one Portal into one sink. */
class PortalFragments {
  readonly #book: FragmentBook;
  readonly #encoder: FragmentEncoder;
  readonly #neutralizeFormulas: boolean;
  #current: string | undefined;

  constructor(sink: FragmentSink, deflateLevel: number, neutralizeFormulas: boolean) {
    this.#encoder = new FragmentEncoder(deflateLevel);
    this.#book = new FragmentBook(sink, this.#encoder);
    this.#neutralizeFormulas = neutralizeFormulas;
  }

  get fragments(): readonly Fragment[] {
    return this.#book.fragments;
  }

  /** The file's path, rows and compressed bytes so far. */
  get progress(): Pick<SourceProgress, 'current' | 'rows' | 'bytes'> {
    return { ...this.#book.figures, ...(this.#current && { current: this.#current }) };
  }

  async file({ file, columns, batches }: PortalRows): Promise<void> {
    const path = `portal/${file}.csv`;
    this.#current = path;
    const dayColumn = columns.indexOf('day');
    let part = emptyPart();
    let written = 0;
    for await (const rows of batches) {
      const records = rows.map((row) => csvRecord(row, this.#neutralizeFormulas));
      for (const row of rows) countDay(part.rowsPerDay, row[dayColumn]);
      const raw = Buffer.from(records.join(''));
      await this.#encoder.write(raw);
      part.rows += rows.length;
      this.#encoder.openRows = part.rows;
      part.rawBytes += raw.length;
      if (part.rawBytes < FRAGMENT_RAW_BYTES) continue;
      await this.#book.keep(path, columns, part);
      part = emptyPart();
      written += 1;
    }
    if (part.rows > 0 || written === 0) await this.#book.keep(path, columns, part, true);
  }

  close(): void {
    this.#encoder.close();
  }
}

const emptyPart = () => ({ rows: 0, rawBytes: 0, rowsPerDay: {} as Record<string, number> });

/** Counts a row for its day. A `day` that is not a date (such as `infinity`) counts for no day. */
function countDay(rowsPerDay: Record<string, number>, day: string | null | undefined): void {
  if (day && isDay(day)) rowsPerDay[day] = (rowsPerDay[day] ?? 0) + 1;
}

function reportEnd({ requests }: QueryPortalPorts, requestId: string, fragments: readonly Fragment[]): Promise<void> {
  const rows = fragments.reduce((sum, fragment) => sum + fragment.rows, 0);
  const bytes = fragments.reduce((sum, { deflateBytes }) => sum + deflateBytes, 0);
  return requests.putProgress(requestId, { ...PORTAL, rows, bytes, state: rows > 0 ? 'DONE' : 'EMPTY' });
}
