import type { EngineWorld } from '../../local/simulator/world/world.ts';
import { untar } from './archive.ts';
import { parseCsv } from './csv.ts';
import { engineTruth, fingerprint, TRUE_FILES } from './truth.ts';

/** What an archive has too much and too little of, by comparison with what the simulated Engines hold. */
export interface Verdict {
  /** True when the archive calls itself complete. */
  readonly complete: boolean;
  /** Rows that are not there, or lack cells. */
  readonly missing: readonly string[];
  /** Rows that the Engine does not hold about the subject, or holds once and that are there twice. */
  readonly added: readonly string[];
  /** Reasons that the manifest gives, gaps of sources and of files. */
  readonly named: readonly string[];
}

type Row = Readonly<Record<string, string>>;

const asItIs = (row: Row): Row => row;

/** What is read of a manifest, by hand. */
interface ReadManifest {
  readonly complete: boolean;
  readonly missing: readonly { readonly state: string; readonly reason?: string }[];
  readonly files: readonly { readonly missing: readonly { readonly reason: string }[] }[];
}

/**
 * Compares an archive with the world: it is read with tar-stream and a strict CSV reader, the world row by row. None of the
 * product's code takes part.
 * @param adjust what a cell looks like after the Engine's own spelling, such as Latin-1
 */
export async function judge(
  archive: Buffer,
  engines: readonly EngineWorld[],
  kind: 'user' | 'device',
  name: string,
  adjust: (row: Row) => Row = asItIs,
): Promise<Verdict> {
  const files = await untar(archive);
  const manifest = JSON.parse(files['manifest.json']!) as ReadManifest;
  const held = new Map(heldPrints(engines, kind, name, adjust));
  for (const [path, text] of Object.entries(files)) {
    const [, file] = /^engines\/(\w+)\.(?:.+\.)?csv$/.exec(path) ?? [];
    if (file === undefined) continue;
    const [header = [], ...rows] = parseCsv(text.replace(/^\uFEFF/, ''));
    for (const cells of rows) {
      const row = Object.fromEntries(header.map((column, at) => [column, cells[at] ?? '']));
      count(held, `${file} ${fingerprint(adjust(row))}`, -1);
    }
  }
  const left = [...held].filter(([, number]) => number !== 0);
  const missing = left.filter(([, number]) => number > 0).map(([row]) => row);
  const surplus = left.filter(([, number]) => number < 0).map(([row]) => row);
  return {
    complete: manifest.complete,
    missing,
    added: surplus.filter((row) => !missing.some((whole) => isPartOf(row, whole))),
    named: [
      ...manifest.missing.map(({ state, reason }) => reason ?? state),
      ...manifest.files.flatMap(({ missing }) => missing.map(({ reason }) => reason)),
    ],
  };
}

const count = (rows: Map<string, number>, row: string, by: number): void =>
  void rows.set(row, (rows.get(row) ?? 0) + by);

/** All rows that the Engines hold about a subject. */
const heldRows = (engines: readonly EngineWorld[], kind: 'user' | 'device', name: string) =>
  engines.flatMap((engine) =>
    TRUE_FILES[kind].flatMap((file) =>
      [...engineTruth(engine, file, kind, name, true)].map((row) => [file, row] as const),
    ),
  );

/** Rows as text with their number, by subject. A world does not change. */
type Prints = Map<string, ReadonlyMap<string, number>>;
const printed = new WeakMap<readonly EngineWorld[], Map<(row: Row) => Row, Prints>>();

/** How often the Engines hold each row, as text, remembered for each way of adjusting. */
function heldPrints(
  engines: readonly EngineWorld[],
  kind: 'user' | 'device',
  name: string,
  adjust: (row: Row) => Row,
): ReadonlyMap<string, number> {
  const ofWorld = printed.get(engines) ?? new Map<(row: Row) => Row, Prints>();
  printed.set(engines, ofWorld);
  const known: Prints = ofWorld.get(adjust) ?? new Map();
  ofWorld.set(adjust, known);
  const before = known.get(`${kind} ${name}`);
  if (before) return before;
  const prints = new Map<string, number>();
  for (const [file, row] of heldRows(engines, kind, name)) count(prints, `${file} ${fingerprint(adjust(row))}`, 1);
  known.set(`${kind} ${name}`, prints);
  return prints;
}

/** True for a row that has some of another one's cells and no others. Both are as `fingerprint` writes them. */
function isPartOf(row: string, whole: string): boolean {
  if (row.split(' ', 1)[0] !== whole.split(' ', 1)[0]) return false;
  const [cells, all] = [row, whole].map((text) => JSON.parse(text.slice(text.indexOf(' ') + 1)) as string[]);
  const known = new Map(all!.flatMap((column, at) => (at % 2 === 0 ? [[column, all![at + 1]] as const] : [])));
  return cells!.every((column, at) => at % 2 !== 0 || known.get(column) === cells![at + 1]);
}
