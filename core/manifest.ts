import type { Fragment, FragmentPlan, MissingPart, PartIndex } from './bundle/fragment.ts';
import type { RequestRecord, SourceProgress } from './model.ts';

/** One CSV of the archive in the manifest. `rawOffset` and `rawBytes` count within the file, header included. */
export interface ManifestFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly complete: boolean;
  readonly missing: readonly (MissingPart & { readonly source: string })[];
  readonly fragments: readonly {
    readonly source: string;
    readonly rawOffset: number;
    readonly rawBytes: number;
    readonly rows: number;
    readonly sha256: string;
  }[];
}

/** `manifest.json`: what is in the archive, what is missing and why (R12). No names, no credentials. */
export interface Manifest {
  readonly schema: 'nexthink-gdpr/manifest/1';
  readonly requestId: string;
  readonly attempt: number;
  readonly askedAt: string;
  readonly subjectKind: string;
  readonly complete: boolean;
  readonly accountPrivacy: RequestRecord['accountPrivacy'];
  /** Whether the account sees every device and user cannot be seen from outside (R12). */
  readonly accountScope: 'unverified';
  readonly federation: FragmentPlan['federation'];
  readonly formulasNeutralized: boolean;
  readonly sources: readonly (SourceProgress & {
    readonly matchingObjects: number;
    readonly version?: string;
    readonly timezone?: string;
  })[];
  readonly files: readonly ManifestFile[];
}

/** A file of the archive with the fragments that fill it, sources in order. */
export interface GatheredFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly fragments: readonly (Fragment & { readonly source: string })[];
}

/** Gathers committed fragments by file: planned files first and even when empty, then files of single Engines. */
export function gatherFiles(plan: FragmentPlan, indexes: readonly PartIndex[]): GatheredFile[] {
  const files = new Map<string, { columns: readonly string[]; fragments: (Fragment & { source: string })[] }>();
  for (const { file, columns } of plan.files) {
    if (columns.length > 0) files.set(file, { columns, fragments: [] });
  }
  for (const { sourceName, fragments } of indexes) {
    for (const fragment of fragments) {
      const known = files.get(fragment.file) ?? { columns: fragment.columns, fragments: [] };
      files.set(fragment.file, known);
      if (fragment.rawBytes > 0) known.fragments.push({ ...fragment, source: sourceName });
    }
  }
  return [...files].map(([name, { columns, fragments }]) => ({ name, columns, fragments }));
}

/** Writes down what the archive holds. @param headBytes raw size of a file's CSV header */
export function buildManifest(
  record: RequestRecord,
  plan: FragmentPlan,
  progress: readonly SourceProgress[],
  indexes: readonly PartIndex[],
  files: readonly GatheredFile[],
  headBytes: (file: GatheredFile) => number,
): Manifest {
  const manifestFiles = files.map((file) => describeFile(file, indexes, headBytes(file)));
  const gaps = indexes.flatMap((index) => index.missing);
  return {
    schema: 'nexthink-gdpr/manifest/1',
    requestId: record.requestId,
    attempt: record.attempt,
    askedAt: plan.frozenAt,
    subjectKind: record.subjectKind,
    complete: gaps.length === 0 && progress.every(({ state }) => state === 'DONE' || state === 'EMPTY'),
    accountPrivacy: record.accountPrivacy,
    accountScope: 'unverified',
    federation: plan.federation,
    formulasNeutralized: plan.formulaSwitch,
    sources: progress.map((source) => {
      const engine = plan.engines.find(({ engineId }) => engineId === source.sourceId);
      const subjects = indexes.filter(({ sourceId }) => sourceId === source.sourceId).map((index) => index.subjects);
      return {
        ...source,
        matchingObjects: Math.max(0, ...subjects),
        ...(engine && { version: engine.version, timezone: engine.timezone }),
      };
    }),
    files: manifestFiles,
  };
}

function describeFile(file: GatheredFile, indexes: readonly PartIndex[], headBytes: number): ManifestFile {
  let rawOffset = headBytes;
  const fragments = file.fragments.map(({ source, rawBytes, rows, sha256 }) => {
    const described = { source, rawOffset, rawBytes, rows, sha256 };
    rawOffset += rawBytes;
    return described;
  });
  const missing = indexes.flatMap(({ sourceName, missing }) =>
    missing.filter((gap) => gap.file === file.name).map((gap) => ({ ...gap, source: sourceName })),
  );
  const rows = fragments.reduce((sum, fragment) => sum + fragment.rows, 0);
  return { name: file.name, columns: file.columns, rows, complete: missing.length === 0, missing, fragments };
}
