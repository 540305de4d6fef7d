import type { Segment } from '../../modules/archive/layout.ts';
import { type ArchivePart, planReads, uploadPartsOf } from '../../modules/archive/upload-parts.ts';
import { megabytes } from '../harness.ts';
import type { Line, Report } from '../report.ts';

const TABLES = 25;
const KIB = 1024;

/**
 * What many Engines with short tables cost: S3 cannot copy fragments under 5 MiB, so they go through the function.
 * The plan is made and nothing is moved, since the plan alone decides on requests and bytes. Each table is a fifth
 * shorter than the one before, and Engines are uneven.
 */
export function benchManyEngines(): Report {
  const cases: [engines: number, longestKib: number][] = [
    [200, 2],
    [200, 200],
    [200, 5 * KIB],
    [200, 20 * KIB],
    [1000, 5 * KIB],
  ];
  return {
    title: 'Merge of many Engines, 25 tables each',
    table: cases.map(([engines, longestKib]) => line(engines, longestKib)),
    bars: [],
    needsFullSize: false,
    notes: ['Requests: reads, parts, and four more for the upload and its clean-up; one put for a small archive.'],
    data: {},
  };
}

function line(engines: number, longestKib: number): Line {
  const parts = uploadPartsOf(segmentsOf(engines, longestKib * KIB));
  const joined = parts.filter((part): part is Joined => part.kind === 'materialise');
  const reads = joined.flatMap(({ pieces }) => planReads(pieces));
  const sum = (all: readonly { readonly byteLength: number }[]) =>
    all.reduce((total, each) => total + each.byteLength, 0);
  return {
    Engines: engines,
    'longest table, KiB deflated': longestKib,
    'archive MB': Math.round(megabytes(sum(parts))),
    parts: parts.length,
    'copied MB': Math.round(megabytes(sum(parts) - sum(joined))),
    'MB in': Math.round(megabytes(sum(reads))),
    'MB out': Math.round(megabytes(sum(joined))),
    reads: reads.length,
    requests: reads.length + (parts.length === 1 ? 2 : parts.length + 3),
  };
}

type Joined = Extract<ArchivePart, { kind: 'materialise' }>;

/** Each Engine's Part holds its tables back to back; the archive takes them table by table. */
function segmentsOf(engines: number, longest: number): Segment[] {
  const lengthOf = (engine: number, table: number) =>
    Math.ceil(longest * 0.8 ** table * (0.5 + (engine % 11) / 10)) + 20;
  const offsets = Array.from({ length: engines }, () => 0);
  const segments: Segment[] = [{ bytes: Buffer.alloc(engines * TABLES * 60) }]; // manifest, README, overview
  for (let table = 0; table < TABLES; table++) {
    segments.push({ bytes: Buffer.alloc(300) });
    for (let engine = 0; engine < engines; engine++) {
      const byteLength = lengthOf(engine, table);
      segments.push({ partKey: `engine-${engine}`, partETag: 'e', offset: offsets[engine]!, byteLength });
      offsets[engine]! += byteLength;
    }
  }
  return segments;
}
