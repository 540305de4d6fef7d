import { DICTIONARY } from '../../functions/wiring/dictionary.ts';
import { type ArchiveSettings, composeArchive } from '../../modules/archive/contents/compose.ts';
import { textsIn } from '../../modules/archive/contents/texts.ts';
import { FragmentEncoder, type PartIndex } from '../../modules/archive/fragment.ts';
import { layOut } from '../../modules/archive/layout.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { SourceProgress } from '../../modules/requests/source.ts';
import { csvRecord } from '../../modules/rows/csv.ts';
import { aFrame, anEngine, aRequest } from './fakes.ts';

const ENGLISH = await textsIn('en');

/** What an operator has set about archives: nothing. */
export const archiveSettings = (facts: Partial<ArchiveSettings> = {}): ArchiveSettings => ({
  daysBack: 30,
  accountScope: 'unverified',
  simulated: [],
  trustOf: () => 'ca',
  informationSheet: {},
  texts: ENGLISH,
  ...facts,
});

/** Rows of one file from one source. */
export interface SampleRows {
  readonly source: string;
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly rowsPerDay?: Readonly<Record<string, number>>;
}

/** A harvest with these rows, and the Parts that hold them, by key. Sources named in `away` gave nothing. */
export async function harvestOf(
  samples: readonly SampleRows[],
  away: readonly string[] = [],
  facts: Partial<RequestRecord> = {},
) {
  const objects = new Map<string, Buffer>();
  const names = [...new Set(samples.map(({ source }) => source)), ...away];
  const indexes: PartIndex[] = [];
  for (const name of names.filter((source) => !away.includes(source))) {
    const partKey = `parts/${name}`;
    const fragments: PartIndex['fragments'][number][] = [];
    let bytes = Buffer.alloc(0);
    for (const { file, columns, rows, rowsPerDay = {} } of samples.filter(({ source }) => source === name)) {
      const encoder = new FragmentEncoder(6);
      const records = rows.map((row) => csvRecord(row, true));
      await encoder.write(Buffer.from(records.join('')));
      const { bytes: deflated, figures } = await encoder.end();
      encoder.close();
      const place = { file, columns, partKey, offset: bytes.length };
      fragments.push({ ...place, ...figures, rows: rows.length, rowsPerDay });
      bytes = Buffer.concat([bytes, deflated]);
    }
    objects.set(partKey, bytes);
    const source = { sourceId: idOf(name), sourceName: name, partETag: 'etag' };
    indexes.push({ ...source, seq: 0, fragments, missing: [], subjects: 1, next: null });
  }
  const planned = samples.filter(({ file }) => file.startsWith('engines/'));
  const files = [...new Map(planned.map(({ file, columns }) => [file, { file, columns }])).values()];
  const engines = names.filter((name) => name !== 'portal').map((name) => anEngine(name));
  const progress = names.map((name): SourceProgress => {
    const gone = away.includes(name);
    const rows = gone ? 0 : samples.filter(({ source }) => source === name).flatMap((each) => each.rows).length;
    const end = gone ? { state: 'TIMED_OUT' as const, reason: 'EngineTimeoutError' } : { state: 'DONE' as const };
    return { source: name === 'portal' ? 'portal' : 'engine', sourceId: idOf(name), name, rows, bytes: 0, ...end };
  });
  const record = aRequest({ state: 'MERGING', ...facts });
  return { objects, harvest: { record, frame: aFrame({ engines, files }), progress, indexes } };
}

const idOf = (name: string): string => (name === 'portal' ? 'portal' : `${name}-uid`);

/** The finished archive of such a harvest. */
export async function archiveOf(...given: Parameters<typeof harvestOf>): Promise<Buffer> {
  const { objects, harvest } = await harvestOf(...given);
  const { files } = composeArchive(harvest, archiveSettings(), DICTIONARY);
  const { segments } = layOut(files, 1_700_000_000);
  return Buffer.concat(
    segments.map((segment) =>
      'bytes' in segment
        ? segment.bytes
        : objects.get(segment.partKey)!.subarray(segment.offset, segment.offset + segment.byteLength),
    ),
  );
}
