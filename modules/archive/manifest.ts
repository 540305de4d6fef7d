import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep, Sha256 } from '../common/shapes.ts';
import { TrustMode } from '../net/trust.ts';
import { AccountPrivacy } from '../requests/record.ts';
import { AccountScope, Source, SourceState } from '../requests/source.ts';
import { CoUsers, SubjectKind } from '../requests/subject.ts';
import { Federation, MissingPart } from './fragment.ts';

const Name = z.string().min(1).describe('Name of an Engine, or `portal`');
/** Leads nowhere but below the folder in which the archive is unpacked, spelled in one way; as long as a header of a tar lets it be. */
const Path = z.string().regex(/^(?!.*[./ ](?:[./]|$))\w[\w ./-]{0,99}$/);
const Days = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .describe("Days, both included, in the source's own time zone");

const ManifestGap = z
  .strictObject({ source: Name, ...MissingPart.shape })
  .describe('A file, or a range of it, that could not be retrieved');
export type ManifestGap = ReadonlyDeep<z.infer<typeof ManifestGap>>;

const ManifestSource = z.strictObject({
  source: Source,
  sourceId: z.string(),
  name: Name,
  state: SourceState.describe('DONE and EMPTY: the source answered. Any other state: it is missing'),
  reason: z.string().exactOptional().describe('Name of the error that ended it'),
  rows: Count,
  bytes: Count.describe('CSV bytes, without headers'),
  matchingObjects: Count.describe('Number of objects with the requested name'),
  version: z.string().exactOptional(),
  timezone: z.string().exactOptional().describe('IANA time zone of its times'),
  tls: TrustMode.exactOptional().describe('How its certificate was checked'),
  asked: Days.exactOptional().describe('Days that were queried'),
});
export type ManifestSource = ReadonlyDeep<z.infer<typeof ManifestSource>>;

const ManifestFile = z.strictObject({
  name: Path.describe('Path in the archive'),
  state: z.enum(['COMPLETE', 'INCOMPLETE']),
  missing: z.array(ManifestGap),
  rows: Count,
  covered: Days.exactOptional().describe('First and last day that has a row'),
  columns: z.array(z.string()),
  fragments: z
    .array(
      z.strictObject({
        source: Name,
        rawOffset: Count.describe('Offset in the uncompressed file, header included'),
        rawBytes: Count,
        rows: Count,
        sha256: Sha256,
      }),
    )
    .describe('Ranges that together make up the file after the header'),
});
export type ManifestFile = ReadonlyDeep<z.infer<typeof ManifestFile>>;

/** `manifest.json` of an archive (R12). No names of people, no credentials. `docs/manifest.schema.json` is made from it. */
export const Manifest = z
  .strictObject({
    schema: z.literal('nexthink-gdpr/manifest/1'),
    complete: z.boolean().describe('Whether everything that the account may see is in the archive'),
    nothingFound: z
      .literal(true)
      .exactOptional()
      .describe(
        'Every source answered and none knows the name; `complete` is false then: nothing was there to be complete',
      ),
    /** Empty when `complete` or `nothingFound`, unless only ranges of files are missing. */
    missing: z
      .array(z.strictObject({ name: Name, state: SourceState, reason: z.string().exactOptional() }))
      .describe('Sources that gave no data or only part of it'),
    requestId: z.uuid(),
    attempt: z.int().min(1),
    tool: z.strictObject({ name: z.literal('nexthink-gdpr'), version: z.string() }),
    asked: z.strictObject({
      subjectKind: SubjectKind.describe('The manifest does not hold the name itself'),
      sources: z.array(Source),
      at: Instant.describe('When the request started; the queried days are counted back from here'),
    }),
    accountPrivacy: AccountPrivacy,
    accountScope: AccountScope.describe('Whether an operator confirmed that the account sees every device and user'),
    federation: Federation.describe('Where the list of Engines came from'),
    formulasNeutralized: z.boolean().describe("Whether cells that look like formulas start with '"),
    simulated: z.array(Source).exactOptional().describe('Sources that were simulated: they hold no real person'),
    coUsers: CoUsers.describe("How other people's names were treated"),
    sources: z.array(ManifestSource),
    /** Tables that an Engine's version does not know, and the like. */
    notes: z.array(ManifestGap).describe('Data that a source does not support'),
    documents: z.array(z.strictObject({ name: Path, rawBytes: Count, sha256: Sha256 })),
    files: z.array(ManifestFile),
  })
  .meta({ title: 'Manifest of a nexthink-gdpr archive' });
export type Manifest = ReadonlyDeep<z.infer<typeof Manifest>>;

/** @throws it is not JSON, or not a manifest */
export const parseManifest = (text: string): Manifest => Manifest.parse(JSON.parse(text));
