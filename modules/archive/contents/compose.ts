import { createHash } from 'node:crypto';
import { addDays, dayAt, wholeSpan } from '../../common/day-window.ts';
import { TOOL_VERSION } from '../../common/version.ts';
import type { Trust } from '../../net/trust.ts';
import type { RequestRecord } from '../../requests/record.ts';
import type { Source, SourceProgress } from '../../requests/source.ts';
import { isNothingFound, wasRetrieved } from '../../requests/state-machine.ts';
import { csvRecord } from '../../rows/csv.ts';
import { PREFIX_COLUMNS } from '../column-names.ts';
import { type AttemptFrame, isGap, type PartIndex } from '../fragment.ts';
import type { ArchiveFragment, GatheredFile } from '../layout.ts';
import type { Manifest, ManifestFile, ManifestGap, ManifestSource } from '../manifest.ts';
import type { InformationSheet } from '../settings.ts';
import type { Dictionary } from './dictionary.ts';
import { writeIndexPage } from './index-page.ts';
import { writeReadme } from './readme.ts';
import type { Texts } from './texts.ts';

/** Settings of archives and what their documents say. */
export interface ArchiveSettings {
  readonly daysBack: number;
  readonly accountScope: Manifest['accountScope'];
  readonly simulated: readonly Source[];
  /** How the certificate of the Engine with this name is checked. */
  readonly trustOf: (engineName: string) => Trust['mode'];
  readonly informationSheet: InformationSheet;
  readonly texts: Texts;
}

interface Harvest {
  readonly record: RequestRecord;
  readonly frame: AttemptFrame;
  readonly progress: readonly SourceProgress[];
  readonly indexes: readonly PartIndex[];
  readonly files: readonly GatheredFile[];
}

/** The same fragments give the same bytes: nothing here uses the clock or random numbers. Source: docs/archive-format.md. */
export function composeArchive(harvest: Omit<Harvest, 'files'>, settings: ArchiveSettings, dictionary: Dictionary) {
  const files = gatherFiles(harvest.frame, harvest.indexes);
  const described = describe({ ...harvest, files }, settings);
  const { informationSheet, texts } = settings;
  const documents = [
    { name: 'README.txt', head: Buffer.from(writeReadme(described, informationSheet, dictionary, texts)) },
    { name: 'index.html', head: Buffer.from(writeIndexPage(described, files, dictionary, texts)) },
  ];
  const manifest = {
    ...described,
    documents: documents.map(({ name, head }) => ({ name, rawBytes: head.length, sha256: sha256(head) })),
  };
  const head = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  return {
    manifest,
    files: [
      { name: 'manifest.json', head, fragments: [] },
      ...documents.map((document) => ({ ...document, fragments: [] })),
      ...files.map((file) => ({ name: file.name, head: csvHead(file), fragments: file.fragments })),
    ],
  };
}

const csvHead = ({ columns }: GatheredFile): Buffer => Buffer.from(csvRecord(columns, false));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Groups committed fragments by file: first the agreed files, even empty ones, then files of single Engines, also missing ones. */
function gatherFiles(frame: AttemptFrame, indexes: readonly PartIndex[]): GatheredFile[] {
  const files = new Map<string, { columns: readonly string[]; fragments: (ArchiveFragment & { source: string })[] }>();
  for (const { file, columns } of frame.files) {
    if (columns.length > 0) files.set(file, { columns, fragments: [] });
  }
  for (const { sourceName, fragments, partETag } of indexes) {
    for (const fragment of fragments) {
      const known = files.get(fragment.file) ?? { columns: fragment.columns, fragments: [] };
      files.set(fragment.file, known);
      if (fragment.rawBytes > 0) known.fragments.push({ ...fragment, source: sourceName, partETag });
    }
  }
  for (const { file } of indexes.flatMap(({ missing }) => missing).filter(isGap)) {
    if (!files.has(file)) files.set(file, { columns: PREFIX_COLUMNS, fragments: [] });
  }
  return [...files].map(([name, { columns, fragments }]) => ({ name, columns, fragments }));
}

/** The manifest without `documents`, which are written from it. */
function describe(harvest: Harvest, settings: ArchiveSettings): Manifest {
  const { record, frame, progress, indexes } = harvest;
  const sources = progress.map((source) => describeSource(source, harvest, settings));
  const noted = indexes.flatMap(({ sourceName, missing }) => missing.map((gap) => ({ ...gap, source: sourceName })));
  const gaps = noted.filter(isGap);
  const files = harvest.files.map((file) => {
    const own = gaps.filter((gap) => gap.file === file.name);
    return describeFile(file, [...owedOf(file, sources, harvest), ...own]);
  });
  const missing = sources.filter((source) => !wasRetrieved(source));
  const nothingFound = isNothingFound(progress);
  const simulated = record.sources.filter((source) => settings.simulated.includes(source));
  return {
    schema: 'nexthink-gdpr/manifest/1',
    complete: missing.length === 0 && gaps.length === 0 && !nothingFound,
    ...(nothingFound && { nothingFound }),
    missing: missing.map(({ name, state, reason }) => ({ name, state, ...(reason !== undefined && { reason }) })),
    requestId: record.requestId,
    attempt: record.attempt,
    tool: { name: 'nexthink-gdpr', version: TOOL_VERSION },
    asked: { subjectKind: record.subjectKind, sources: record.sources, at: frame.frozenAt },
    accountPrivacy: record.accountPrivacy,
    accountScope: settings.accountScope,
    federation: frame.federation,
    formulasNeutralized: frame.formulaSwitch,
    ...(simulated.length > 0 && { simulated }),
    coUsers: record.coUsers ?? 'keep',
    sources,
    notes: noted.filter((gap) => !isGap(gap)),
    documents: [],
    files,
  };
}

function describeSource(
  { source, sourceId, name, state, reason, rows }: SourceProgress,
  { frame, indexes }: Harvest,
  { daysBack, trustOf }: ArchiveSettings,
): ManifestSource {
  const own = indexes.filter((index) => index.sourceId === sourceId);
  const engine = frame.engines.find(({ engineId }) => engineId === sourceId);
  const span = engine && wholeSpan(dayAt(new Date(frame.frozenAt), engine.timezone), daysBack);
  return {
    source,
    sourceId,
    name,
    state,
    ...(reason !== undefined && { reason }),
    rows,
    bytes: own.flatMap(({ fragments }) => fragments).reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    matchingObjects: Math.max(0, ...own.map(({ subjects }) => subjects)),
    ...(engine && { version: engine.version, timezone: engine.timezone, tls: trustOf(engine.name) }),
    ...(span && { asked: { from: span.from, to: addDays(span.to, -1) } }),
  };
}

/** Gaps of a file that incomplete sources leave, beside those that workers have recorded. */
function owedOf(file: GatheredFile, sources: readonly ManifestSource[], { frame, indexes }: Harvest): ManifestGap[] {
  const isPortals = file.name.startsWith('portal/');
  const isAgreed = isPortals || frame.files.some((agreed) => agreed.file === file.name);
  const absent = sources.filter((source) => !wasRetrieved(source) && (source.source === 'portal') === isPortals);
  const owing = isAgreed ? absent : absent.filter(({ name }) => file.fragments.some(({ source }) => source === name));
  return owing.flatMap((source) => owedBy(source, file.name, indexes));
}

/** The queries that the last worker of a source did not run; all of its days when there was no worker. */
function owedBy(source: ManifestSource, file: string, indexes: readonly PartIndex[]): ManifestGap[] {
  const reason = source.reason ?? source.state;
  const last = indexes.findLast(({ sourceId }) => sourceId === source.sourceId);
  if (last?.pending) {
    const pending = last.pending.filter((gap) => gap.file === file);
    return pending.map((gap) => ({ ...gap, reason, source: source.name }));
  }
  const days = source.asked && { from: source.asked.from, to: addDays(source.asked.to, 1) };
  return [{ file, reason, ...days, source: source.name }];
}

function describeFile(file: GatheredFile, missing: readonly ManifestGap[]): ManifestFile {
  let rawOffset = csvHead(file).length;
  const fragments = file.fragments.map(({ source, rawBytes, rows, sha256 }) => {
    const described = { source, rawOffset, rawBytes, rows, sha256 };
    rawOffset += rawBytes;
    return described;
  });
  const days = file.fragments.flatMap(({ rowsPerDay }) => Object.keys(rowsPerDay)).sort();
  return {
    name: file.name,
    state: missing.length === 0 ? 'COMPLETE' : 'INCOMPLETE',
    missing,
    rows: fragments.reduce((sum, fragment) => sum + fragment.rows, 0),
    ...(days.length > 0 && { covered: { from: days[0]!, to: days.at(-1)! } }),
    columns: file.columns,
    fragments,
  };
}
