import type { Day } from '../common/day-window.ts';
import type { Trust } from '../net/trust.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Source, SourceState } from '../requests/source.ts';
import type { SourceProgress } from '../requests/source-progress.ts';
import type { CoUsers, SubjectKind } from '../requests/subject.ts';
import type { FragmentPlan, MissingPart } from './fragment.ts';
import type { ArchiveFragment } from './layout.ts';

/** Days, both included, in the source's own zone. */
export interface Days {
  readonly from: Day;
  readonly to: Day;
}

/** A stretch of a file that could not be had. */
export type ManifestGap = MissingPart & { readonly source: string };

/** One CSV of the archive. `rawOffset` and `rawBytes` count within the file, header included. */
export interface ManifestFile {
  readonly name: string;
  readonly state: 'COMPLETE' | 'INCOMPLETE';
  readonly missing: readonly ManifestGap[];
  readonly rows: number;
  /** First and last day that has a row, for tables with a time. */
  readonly covered?: Days;
  readonly columns: readonly string[];
  readonly fragments: readonly {
    readonly source: string;
    readonly rawOffset: number;
    readonly rawBytes: number;
    readonly rows: number;
    readonly sha256: string;
  }[];
}

/** One Engine, or the Portal, with what became of it. */
export interface ManifestSource {
  readonly source: Source;
  readonly sourceId: string;
  readonly name: string;
  readonly state: SourceState;
  readonly reason?: string;
  readonly rows: number;
  readonly bytes: number;
  /** How many objects carry the asked name. */
  readonly matchingObjects: number;
  readonly version?: string;
  /** IANA zone of its times. */
  readonly timezone?: string;
  /** How its certificate was checked (R11). */
  readonly tls?: Trust['mode'];
  /** Days that were asked for. */
  readonly asked?: Days;
}

/** `manifest.json`: what is in the archive, what is missing and why (R12). No names of people, no credentials. */
export interface Manifest {
  readonly schema: 'nexthink-gdpr/manifest/1';
  readonly complete: boolean;
  /** Sources that gave nothing, or not all; empty when `complete`, unless only stretches of files are missing. */
  readonly missing: readonly { readonly name: string; readonly state: SourceState; readonly reason?: string }[];
  readonly requestId: string;
  readonly attempt: number;
  readonly tool: { readonly name: 'nexthink-gdpr'; readonly version: string };
  readonly asked: {
    readonly subjectKind: SubjectKind;
    readonly sources: readonly Source[];
    /** When the Request started; days are counted back from here. */
    readonly at: string;
  };
  readonly accountPrivacy: RequestRecord['accountPrivacy'];
  /** Whether someone vouches that the account sees every device and user: from outside it cannot be seen (R12). */
  readonly accountScope: 'attested' | 'unverified';
  readonly federation: FragmentPlan['federation'];
  readonly formulasNeutralized: boolean;
  readonly coUsers: CoUsers;
  readonly sources: readonly ManifestSource[];
  /** What nobody could have had: tables that an Engine's version does not know, and the like. */
  readonly notes: readonly ManifestGap[];
  readonly documents: readonly { readonly name: string; readonly rawBytes: number; readonly sha256: string }[];
  readonly files: readonly ManifestFile[];
}

/** A file of the archive with the fragments that fill it, sources in order. */
export interface GatheredFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly fragments: readonly (ArchiveFragment & { readonly source: string })[];
}

/** True when a source has answered to its end. */
export const wasHad = ({ state }: Pick<SourceProgress, 'state'>): boolean => state === 'DONE' || state === 'EMPTY';

/** True when a source may have more to give: a rerun asks it again (docs/decisions/0023). */
export const mayHaveMore = (source: Pick<SourceProgress, 'state' | 'gaps'>): boolean =>
  !wasHad(source) || (source.gaps ?? 0) > 0;
