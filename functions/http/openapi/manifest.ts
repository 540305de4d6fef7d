import * as z from 'zod';
import type { Manifest } from '../../../modules/archive/manifest.ts';
import { SOURCE_STATES } from '../../../modules/requests/source.ts';

const Count = z.int().min(0);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const State = z.enum(SOURCE_STATES);
const Name = z.string().min(1).describe('Name of an Engine, or `portal`');
const Days = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .describe("Days, both included, in the source's own time zone");

const Gap = z
  .strictObject({
    source: Name,
    file: z.string(),
    reason: z.string().describe('Name of an error, or ROW_LIMIT, FOREIGN_ROWS, REFUSED, TABLE_UNKNOWN...'),
    platform: z.string().exactOptional(),
    from: z.iso.date().exactOptional(),
    to: z.iso.date().exactOptional().describe('The day after the last'),
  })
  .describe('A file, or a stretch of it, that could not be had');

const Source = z.strictObject({
  source: z.enum(['engine', 'portal']),
  sourceId: z.string(),
  name: Name,
  state: State.describe('DONE and EMPTY have answered, every other one is missing'),
  reason: z.string().exactOptional().describe('Name of the error that ended it'),
  rows: Count,
  bytes: Count.describe('CSV bytes, without headers'),
  matchingObjects: Count.describe('How many objects carry the asked name'),
  version: z.string().exactOptional(),
  timezone: z.string().exactOptional().describe('IANA zone of its times, which carry none themselves'),
  tls: z.enum(['ca', 'fingerprint', 'insecure']).exactOptional().describe('How its certificate was checked'),
  asked: Days.exactOptional().describe('Days that were asked for'),
});

const File = z.strictObject({
  name: z.string().describe('Path in the archive'),
  state: z.enum(['COMPLETE', 'INCOMPLETE']),
  missing: z.array(Gap),
  rows: Count,
  covered: Days.exactOptional().describe('First and last day that has a row'),
  columns: z.array(z.string()),
  fragments: z
    .array(
      z.strictObject({
        source: Name,
        rawOffset: Count.describe('Where it begins in the file, header included'),
        rawBytes: Count,
        rows: Count,
        sha256: Sha256,
      }),
    )
    .describe('Stretches of the file that fill it without a hole behind the header'),
});

/** `manifest.json` of an archive; `docs/manifest.schema.json` is made from it. */
export const ManifestSchema: z.ZodType<Manifest> = z
  .strictObject({
    schema: z.literal('nexthink-gdpr/manifest/1'),
    complete: z.boolean().describe('Complete for what the account that was used may see'),
    missing: z
      .array(z.strictObject({ name: Name, state: State, reason: z.string().exactOptional() }))
      .describe('Sources that gave nothing, or not all'),
    requestId: z.uuid(),
    attempt: z.int().min(1),
    tool: z.strictObject({ name: z.literal('nexthink-gdpr'), version: z.string() }),
    asked: z.strictObject({
      subjectKind: z.enum(['user', 'device']).describe('The name itself is not written down here'),
      sources: z.array(z.enum(['engine', 'portal'])),
      at: z.iso.datetime().describe('When the request started; days are counted back from here'),
    }),
    accountPrivacy: z.enum(['full', 'unverified']),
    accountScope: z
      .enum(['attested', 'unverified'])
      .describe('Whether someone vouches that the account sees every device and user'),
    federation: z.enum(['configured', 'all-listed']).describe('Where the list of Engines came from'),
    formulasNeutralized: z.boolean().describe("Whether cells like formulas have a ' in front"),
    coUsers: z.enum(['keep', 'mask']).describe("What became of other people's names"),
    sources: z.array(Source),
    notes: z.array(Gap).describe('What nobody could have had'),
    documents: z.array(z.strictObject({ name: z.string(), rawBytes: Count, sha256: Sha256 })),
    files: z.array(File),
  })
  .meta({ title: 'Manifest of a nexthink-gdpr archive' });

/** @throws it is no JSON, or no manifest */
export const parseManifest = (text: string): Manifest => ManifestSchema.parse(JSON.parse(text));
