import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inChild, inTemporaryFolder, inTurn, median, ratios, spread } from './harness.ts';
import type { Run } from './measured.ts';
import { type FilledPortal, fillPortal, INDEX, MAPPING, SUBJECTS, subjectName } from './portal/filled.ts';
import { atMost, type Bar, type Line, type Report, type Results } from './report.ts';
import { anonymizeByHand, copyByHand, psql, rehearseByHand, searchByHand } from './rivals/portal-sql.ts';

const FUNCTION = 'bench/portal/function.ts';
const PARTITIONS = 30;

/** Rows of details, and runs of each variant. */
export interface PortalScale {
  readonly rows: number;
  readonly times: number;
}

const FULL: PortalScale = { rows: 5_000_000, times: 5 };
const QUICK: PortalScale = { rows: 300_000, times: 2 };

const MAX_PEAK_MB = 200;

/** Anonymization, residual search and retrieval against the same work by hand in `psql`. */
export function benchPortal(results: Results, scale: PortalScale = results.isQuick ? QUICK : FULL): Promise<void> {
  return inTemporaryFolder('portal', async (folder) => {
    const portal = await fillPortal(scale.rows);
    try {
      const file = join(folder, 'portal.json');
      const task = { connections: portal.connections, mapping: MAPPING };
      writeFileSync(file, JSON.stringify(task), { mode: 0o600 });
      await compare(portal, file, scale, results);
    } finally {
      await portal.server.stop();
    }
  });
}

type Runs = Record<'ours' | 'theirs', Run[]>;

interface Comparison {
  readonly what: string;
  /** Wall time of ours divided by that of theirs. */
  readonly maxRatio: number;
  readonly runs: () => Promise<Runs>;
}

async function compare(portal: FilledPortal, file: string, { rows, times }: PortalScale, results: Results) {
  const title = `Portal database: ${rows.toLocaleString('en')} detail rows over ${PARTITIONS} partitions, ${Math.round(portal.bytes / 1e6)} MB`;
  const [table, bars]: [Line[], Bar[]] = [[], []];
  const data: Record<string, Runs> = {};
  const report = (): Report => ({ title, table, bars, needsFullSize: true, notes: NOTES, data });
  for (const { what, maxRatio, runs } of comparisons(portal, file, times)) {
    const measured = await runs();
    data[what] = measured;
    table.push(line(what, measured));
    bars.push(atMost(`${what}: ratio`, ratios(measured.ours, measured.theirs, 'wallSeconds'), maxRatio));
    results.progress('portal', report());
  }
  const peaks = Object.values(data).flatMap(({ ours }) => ours.map(({ peakMb }) => peakMb));
  bars.push(atMost('memory of a function, peak MB', Math.max(...peaks), MAX_PEAK_MB, 0));
  results.publish('portal', report());
}

/** In the order in which they run: the last one needs the index gone. */
function comparisons(portal: FilledPortal, file: string, times: number): Comparison[] {
  const { connections } = portal;
  const names = Array.from({ length: SUBJECTS }, (_, run) => subjectName(run));
  const kept = names.pop()!;
  const next = () => names.shift()!; // a subject is gone once it is anonymized
  const clean = async (run: Promise<Run>) => {
    const done = await run;
    await portal.owner('VACUUM bench.details');
    return done;
  };
  const token = () => `anon-${Math.random().toString(36).slice(2)}`;
  const anonymize = (controls: 'full' | 'totals') => {
    const verb = controls === 'full' ? 'anonymize' : 'anonymize-totals';
    return inTurn(times, {
      ours: () => clean(inChild(FUNCTION, verb, file, next())),
      theirs: () => clean(psql(connections.anonymize, anonymizeByHand(next(), token(), controls))),
    });
  };
  const search = () =>
    inTurn(times, {
      ours: () => inChild(FUNCTION, 'verify', file, 'nobody-at-all'),
      theirs: () => psql(connections.verify, searchByHand('nobody-at-all', PARTITIONS)),
    });
  const rehearse = () =>
    inTurn(times, {
      ours: () => clean(inChild(FUNCTION, 'rehearse', file, kept)),
      theirs: () => clean(psql(connections.anonymize, rehearseByHand(kept, token()))),
    });
  const retrieve = () =>
    inTurn(times, {
      ours: () => inChild(FUNCTION, 'retrieve', file, kept),
      theirs: () => psql(connections.read, copyByHand(kept)),
    });
  const withoutIndex = async () => {
    await portal.owner(`DROP INDEX ${INDEX}`);
    return anonymize('totals');
  };
  return [
    { what: 'search for what is left', maxRatio: 1.1, runs: search },
    { what: 'retrieve, against COPY', maxRatio: 1.3, runs: retrieve },
    { what: 'anonymize, rows counted', maxRatio: 1.1, runs: () => anonymize('totals') },
    { what: 'rehearse, rows counted', maxRatio: 1.1, runs: rehearse },
    { what: 'anonymize, others compared by hash', maxRatio: 1.1, runs: () => anonymize('full') },
    { what: 'anonymize, rows counted, without the index', maxRatio: 1.1, runs: withoutIndex },
  ];
}

const NOTES = [
  'By hand: psql runs the statements that do the same work, in one transaction; its time includes its start.',
  'Ours: a Node process as the function is; its time is that of the work, connecting included.',
  'The index is the one that a DBA would add, on lower(user_name) of the details; JSON and text have none.',
];

function line(what: string, { ours, theirs }: Runs): Line {
  const seconds = (runs: readonly Run[]) => median(runs.map(({ wallSeconds }) => wallSeconds)).toFixed(2);
  return {
    what,
    rows: ours[0]!.rows ?? 0,
    'ours s': seconds(ours),
    'by hand s': seconds(theirs),
    ratio: spread(ratios(ours, theirs, 'wallSeconds')),
    'peak MB': Math.round(Math.max(...ours.map(({ peakMb }) => peakMb))),
  };
}
