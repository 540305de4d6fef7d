import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, META, recordOf } from '../../modules/requests/adapters/dynamo-request-items.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import { untar } from '../support/archive.ts';
import { parseCsv } from '../support/csv.ts';
import { everyRow, naming, runAs } from '../support/portal.ts';
import { fingerprint } from '../support/truth.ts';
import type { ChaosCaller, Subjects } from './callers.ts';
import { withStores } from './settle.ts';
import type { Story } from './story.ts';
import type { SystemProcess } from './system-process.ts';

/** Rows of the data files of an archive, each with the name of its file and with its cells by column. */
export interface ReadArchive {
  readonly lines: ReadonlyMap<string, number>;
  readonly complete: boolean;
  /** Reasons that its manifest gives for what is not there. */
  readonly missing: number;
}

/** The Portal's rows as text, by relation. */
export type PortalRows = ReadonlyMap<string, readonly string[]>;

/** What is known of a run whose faults have stopped: everything that an invariant reads. */
export interface Facts {
  readonly story: Story;
  readonly subjects: Subjects;
  readonly records: readonly RequestRecord[];
  /** Items of the requests table, and of the sealed one. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly sealed: readonly Readonly<Record<string, unknown>>[];
  /** By request id. */
  readonly trails: ReadonlyMap<string, EventsView>;
  readonly objectKeys: readonly string[];
  readonly uploads: readonly string[];
  /** Archives of quiet runs about each retrieved name, before the faults and after them. */
  readonly quiet: ReadonlyMap<string, readonly [ReadArchive, ReadArchive]>;
  /** Archives that were downloaded, by request id. */
  readonly archives: readonly { readonly requestId: string; readonly state: string; readonly read: ReadArchive }[];
  readonly portalBefore: PortalRows;
  readonly portalAfter: PortalRows;
  /** Request ids in the Portal's ledger, one for each change. */
  readonly ledger: readonly string[];
  /** What lies around, by title: logs, histories, keys, temporary files. */
  readonly places: Readonly<Record<string, string | Buffer>>;
  readonly words: readonly string[];
  readonly tickets: readonly Ticket[];
}

/** What is read of a ticket of the simulated ticket system. */
interface Ticket {
  readonly key: string;
  readonly history: readonly unknown[];
  readonly comments: readonly { readonly text: string }[];
  readonly webhook?: string;
}

/** @param subjects who is anonymized meanwhile counts as nobody in particular, before and after: rows name several of them at a time */
export async function readArchive(bytes: Buffer, { anonymized }: Subjects): Promise<ReadArchive> {
  const persons = [/anon-[a-z2-7]{26}/g, ...anonymized.map(({ name }) => new RegExp(naming(name), 'giu'))];
  const files = await untar(bytes);
  const manifest = JSON.parse(files['manifest.json']!) as {
    readonly complete: boolean;
    readonly missing: readonly unknown[];
    readonly files: readonly { readonly missing?: readonly unknown[] }[];
  };
  const lines = new Map<string, number>();
  for (const [name, text] of Object.entries(files)) {
    // an Engine with columns of its own has a file of its own: rows are compared, whatever the file and the order of columns
    const [, place] = /^((?:engines|portal)\/\w+)\..*csv$/.exec(name) ?? [];
    if (place === undefined) continue;
    const [header = [], ...rows] = parseCsv(text.replace(/^\uFEFF/, ''));
    for (const cells of rows) {
      const row = Object.fromEntries(header.map((column, at) => [column, cells[at] ?? '']));
      const line = persons.reduce(
        (text, person) => text.replaceAll(person, 'somebody'),
        `${place} ${fingerprint(row)}`,
      );
      lines.set(line, (lines.get(line) ?? 0) + 1);
    }
  }
  const gaps = manifest.files.reduce((sum, { missing = [] }) => sum + missing.length, manifest.missing.length);
  return { lines, complete: manifest.complete, missing: gaps };
}

export async function portalRows(system: SystemProcess): Promise<PortalRows> {
  const rows = await everyRow((await system.hello()).portal as never);
  return new Map([...rows].filter(([relation]) => !relation.startsWith('gdpr.')));
}

/** The rows that name nobody who is anonymized, be it by login, full name or principal name. @param before where those stand */
export const bystanders = (rows: PortalRows, { anonymized }: Subjects, before: PortalRows): string[] => {
  const patterns = anonymized.map(({ name }) => naming(name));
  const isNamed = (text: string) => patterns.some((pattern) => pattern.test(text));
  const words = (before.get('portal.users') ?? []).filter(isNamed).flatMap((text) => {
    const { department: _department, ...own } = JSON.parse(text) as Record<string, unknown>;
    return Object.values(own).filter((value): value is string => typeof value === 'string' && value.length > 5);
  });
  const isOfOthers = (text: string) =>
    !isNamed(text) && !words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
  return [...rows].flatMap(([relation, texts]) => texts.filter(isOfOthers).map((text) => `${relation} ${text}`));
};

/** Everything that an invariant may look at. @param folder of the run, with its temporary files */
export async function gatherFacts(
  system: SystemProcess,
  {
    story,
    subjects,
    callers,
    folder,
    quiet,
    portalBefore,
  }: Pick<Facts, 'story' | 'subjects' | 'quiet' | 'portalBefore'> & {
    readonly callers: readonly ChaosCaller[];
    readonly folder: string;
  },
): Promise<Facts> {
  const hello = await system.hello();
  const stored = await withStores(system, async (stores) => ({
    items: [...(await stores.items('REQUESTS_TABLE')), ...(await stores.items('AUDIT_TABLE'))],
    sealed: await stores.items('SEALED_TABLE'),
    objectKeys: await stores.objectKeys(),
    uploads: await stores.uploads(),
  }));
  const records = stored.items.filter(({ sk }) => sk === META).map((item) => recordOf(item as Record<string, unknown>));
  const trails = new Map<string, EventsView>();
  for (const { requestId } of records) {
    const events = stored.items
      .filter(({ pk, sk }) => pk === keyOf(requestId, '').pk && sk.startsWith('EVENT#'))
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .map(({ pk: _pk, sk: _sk, ...entry }) => entry);
    trails.set(requestId, { requestId, events } as unknown as EventsView);
  }
  const whole = records.filter(
    ({ kind, state, destroyedAt }) => kind === 'retrieve' && /^COMPLETED/.test(state) && destroyedAt === undefined,
  );
  const known = new Set(story.downloads.map(({ requestId }) => requestId));
  for (const { requestId } of whole.filter((record) => !known.has(record.requestId))) {
    for (const caller of callers.slice(0, 3)) await caller.download(requestId); // whoever of them has started it
  }
  const archives = [];
  for (const { requestId, state, bytes } of story.downloads)
    archives.push({ requestId, state, read: await readArchive(bytes, subjects) });
  const ledger = await runAs(
    hello.portal as never,
    'owner',
    'SELECT request_id::text AS id FROM gdpr.anonymization_run',
  );
  const temporary = filesIn(join(folder, 'tmp'));
  return {
    ...stored,
    story,
    subjects,
    records,
    trails,
    quiet,
    archives,
    portalBefore,
    portalAfter: await portalRows(system),
    ledger: ledger.map(({ id }) => id!),
    places: {
      log: `${utf8(hello.logFile)}`,
      executions: utf8(hello.executionsFile),
      keys: stored.objectKeys.join('\n'),
      requests: JSON.stringify(stored.items),
      sealed: JSON.stringify(stored.sealed),
      webhooks: JSON.stringify(story.told),
      files: temporary.join('\n'),
      ...Object.fromEntries(temporary.map((file) => [`temporary file ${file}`, readFileSync(file)])),
    },
    words: wordsOf(system, subjects),
    tickets: JSON.parse(utf8(join(folder, 'data/tickets.json'))) as Ticket[],
  };
}

/** Names short enough to stand in other words by chance are left out. */
const MIN_WORD = 6;
const wordsOf = ({ passwords }: SystemProcess, { retrieved, anonymized }: Subjects): string[] =>
  [...passwords, ...[...retrieved, ...anonymized].map(({ name }) => name)].filter(({ length }) => length >= MIN_WORD);

function utf8(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return file.endsWith('.json') ? '[]' : '';
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
