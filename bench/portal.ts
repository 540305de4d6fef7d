import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inChild, inTurn, median, type Report, ratios, spread } from './harness.ts';
import type { Run } from './measured.ts';
import { type FilledPortal, fillPortal, INDEX, MAPPING, SUBJECTS, subjectName } from './portal/filled.ts';
import { anonymizeByHand, copyByHand, psql, searchByHand } from './rivals/portal-sql.ts';

const FUNCTION = 'bench/portal/function.ts';
const PARTITIONS = 30;

/** Rows of details, and runs of each variant. */
export interface PortalScale {
  readonly rows: number;
  readonly times: number;
}

const SCALE: PortalScale = {
  rows: Number(process.env.GDPR_BENCH_ROWS ?? 5_000_000),
  times: Number(process.env.GDPR_BENCH_TIMES ?? 5),
};

/** Anonymization, residual search and retrieval against the same work by hand in `psql`. */
export async function benchPortal({ rows, times }: PortalScale = SCALE): Promise<Record<string, Report>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-portal-'));
  const portal = await fillPortal(rows);
  try {
    const file = join(folder, 'portal.json');
    writeFileSync(file, JSON.stringify({ connections: portal.connections, mapping: MAPPING }), { mode: 0o600 });
    return { portal: await compare(portal, file, rows, times) };
  } finally {
    await portal.server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(portal: FilledPortal, file: string, rows: number, times: number): Promise<Report> {
  const { connections } = portal;
  const names = Array.from({ length: SUBJECTS }, (_, run) => subjectName(run));
  const next = () => names.shift()!; // a subject is gone once it is anonymized
  const clean = async (run: Promise<Run>) => {
    const done = await run;
    await portal.owner('VACUUM bench.details');
    return done;
  };
  const token = () => `anon-${Math.random().toString(36).slice(2)}`;
  const kept = subjectName(SUBJECTS - 1);
  names.pop();
  const search = await inTurn(times, {
    ours: () => inChild(FUNCTION, 'verify', file, 'nobody-at-all'),
    theirs: () => psql(connections.verify, searchByHand('nobody-at-all', PARTITIONS)),
  });
  const read = await inTurn(times, {
    ours: () => inChild(FUNCTION, 'retrieve', file, kept),
    theirs: () => psql(connections.read, copyByHand(kept)),
  });
  const totals = await inTurn(times, {
    ours: () => clean(inChild(FUNCTION, 'anonymize-totals', file, next())),
    theirs: () => clean(psql(connections.anonymize, anonymizeByHand(next(), token(), 'totals'))),
  });
  const full = await inTurn(times, {
    ours: () => clean(inChild(FUNCTION, 'anonymize', file, next())),
    theirs: () => clean(psql(connections.anonymize, anonymizeByHand(next(), token(), 'full'))),
  });
  await portal.owner(`DROP INDEX ${INDEX}`);
  const bare = await inTurn(times, {
    ours: () => clean(inChild(FUNCTION, 'anonymize-totals', file, next())),
    theirs: () => clean(psql(connections.anonymize, anonymizeByHand(next(), token(), 'totals'))),
  });
  const table = [
    line('anonymize, others compared by hash', full, 1.1),
    line('anonymize, rows counted', totals, 1.1),
    line('anonymize, rows counted, without the index', bare, 1.1),
    line('search for what is left', search, 1.1),
    line('retrieve, against COPY', read, 1.3),
  ];
  return {
    title: `Portal database: ${rows.toLocaleString('en')} detail rows over ${PARTITIONS} partitions, ${Math.round(portal.bytes / 1e6)} MB`,
    table,
    notes: [
      'By hand: psql runs the statements that do the same work, in one transaction; its time includes its start.',
      'Ours: a Node process as the function is; its time is that of the work, connecting included.',
      'The index is the one that a DBA would add, on lower(user_name) of the details; JSON and text have none.',
      'Bars: 1.1, 1.1, 1.1, 1.1, 1.3; memory of a function under 200 MB.',
    ],
    data: { full, totals, bare, search, read },
  };
}

function line(what: string, { ours, theirs }: Record<'ours' | 'theirs', Run[]>, bar: number) {
  const seconds = (runs: readonly Run[]) => median(runs.map(({ wallSeconds }) => wallSeconds)).toFixed(2);
  const ratio = ratios(ours, theirs, 'wallSeconds');
  return {
    what,
    rows: ours[0]!.rows ?? 0,
    'ours s': seconds(ours),
    'by hand s': seconds(theirs),
    ratio: spread(ratio),
    bar,
    held: median(ratio) <= bar ? 'yes' : 'no',
    'peak MB': Math.round(Math.max(...ours.map(({ peakMb }) => peakMb))),
  };
}
