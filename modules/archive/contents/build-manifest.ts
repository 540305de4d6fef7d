import { addDays, dayAt, wholeSpan } from '../../common/day-window.ts';
import { TOOL_VERSION } from '../../common/version.ts';
import type { Trust } from '../../net/trust.ts';
import type { RequestRecord } from '../../requests/record.ts';
import type { Source, SourceProgress } from '../../requests/source.ts';
import { isNothingFound, wasRetrieved } from '../../requests/state-machine.ts';
import { PREFIX_COLUMNS } from '../column-names.ts';
import { type AttemptFrame, isGap, type PartIndex } from '../fragment.ts';
import type { ArchiveFragment } from '../layout.ts';
import type { Manifest, ManifestFile, ManifestGap, ManifestSource } from '../manifest.ts';

/** A file of the archive with the fragments that fill it, sources in order. */
export interface GatheredFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly fragments: readonly (ArchiveFragment & { readonly source: string })[];
}

/** Groups committed fragments by file: first the agreed files, even empty ones, then files of single Engines, also missing ones. */
export function gatherFiles(frame: AttemptFrame, indexes: readonly PartIndex[]): GatheredFile[] {
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

export interface ManifestSettings {
  readonly daysBack: number;
  readonly accountScope: Manifest['accountScope'];
  readonly simulated: readonly Source[];
  /** How the certificate of the Engine with this name is checked. */
  readonly trustOf: (engineName: string) => Trust['mode'];
}

export interface Harvest {
  readonly record: RequestRecord;
  readonly frame: AttemptFrame;
  readonly progress: readonly SourceProgress[];
  readonly indexes: readonly PartIndex[];
  readonly files: readonly GatheredFile[];
}

/** Describes the archive. The caller adds `documents` later. @param headBytes raw size of a file's CSV header */
export function buildManifest(
  harvest: Harvest,
  settings: ManifestSettings,
  headBytes: (file: GatheredFile) => number,
): Manifest {
  const { record, frame, progress, indexes } = harvest;
  const sources = progress.map((source) => describeSource(source, harvest, settings));
  const files = harvest.files.map((file) => describeFile(file, gapsOf(file, sources, harvest), headBytes(file)));
  const noted = indexes.flatMap(({ sourceName, missing }) => missing.map((gap) => ({ ...gap, source: sourceName })));
  const missing = sources.filter((source) => !wasRetrieved(source));
  const nothingFound = isNothingFound(progress);
  const simulated = record.sources.filter((source) => settings.simulated.includes(source));
  return {
    schema: 'nexthink-gdpr/manifest/1',
    complete: missing.length === 0 && !noted.some(isGap) && !nothingFound,
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
  { daysBack, trustOf }: ManifestSettings,
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

/** Gaps of a file: those that workers recorded, and those of incomplete sources. */
function gapsOf(file: GatheredFile, sources: readonly ManifestSource[], { frame, indexes }: Harvest): ManifestGap[] {
  const noted = indexes.flatMap(({ sourceName, missing }) =>
    missing.filter((gap) => gap.file === file.name && isGap(gap)).map((gap) => ({ ...gap, source: sourceName })),
  );
  const isPortals = file.name.startsWith('portal/');
  const isAgreed = isPortals || frame.files.some((agreed) => agreed.file === file.name);
  const absent = sources.filter((source) => !wasRetrieved(source) && (source.source === 'portal') === isPortals);
  const owing = isAgreed ? absent : absent.filter(({ name }) => file.fragments.some(({ source }) => source === name));
  const owed = owing.flatMap((source) => owedBy(source, file.name, indexes));
  return [...owed, ...noted];
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

function describeFile(file: GatheredFile, missing: readonly ManifestGap[], headBytes: number): ManifestFile {
  let rawOffset = headBytes;
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
