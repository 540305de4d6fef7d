import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../local/simulator/servers/faults.ts';
import { drawSwitches, type Switches } from '../../local/simulator/servers/switches.ts';
import { startSimulator } from '../../local/simulator/simulator.ts';
import type { EngineWorld } from '../../local/simulator/world/world.ts';
import { isGap } from '../../modules/archive/fragment.ts';
import { type EngineRun, runEngines } from '../support/engine-run.ts';
import { engineTruth, fingerprint, TRUE_FILES } from '../support/truth.ts';

const NOW = new Date('2026-11-23T15:30:00Z');
const HOUR = 3_600_000;
const SEEDS = process.env.GDPR_TEST_DEEP ? 200 : 6;
/** The present of an Engine whose clock is skewed as far as the simulator does by itself. */
const SKEWED = new Date(NOW.getTime() - 26 * HOUR);
/** Tables of the fault `unknown-table`, which test/modules/engines/retrieval is about. */
const NEWER_FILES = ['remote_session', 'sensor_reading'];
/** Faults after which an Engine is whole all the same: it was asked again, or the data are as they should be. */
const HARMLESS = ['none', 'busy', 'unavailable', 'other-columns', 'border-rows'];

/** What explains that rows are not there: a gap, or a table that this version lacks; no other note does. */
const excuses = (missing: { readonly reason: string }) => isGap(missing) || missing.reason === 'TABLE_UNKNOWN';
/** States that tell of themselves why an Engine's rows are not there. */
const FAILED = /^(NO_LICENCE|UNREACHABLE|TLS_FAILED|AUTH_FAILED|TIMED_OUT|REJECTED_QUERY|FAILED)$/;

/** Cells as an Engine with these switches would write them: what its spelling cannot carry becomes a blank. */
function spelled(row: Readonly<Record<string, string>>, { quoting, dynamicHash }: Switches): Record<string, string> {
  const cells = Object.entries(row).map(([column, cell]) => [
    dynamicHash === false ? column.replace(/^#/, '') : column,
    quoting === 'raw' ? cell.replaceAll(/[\t\r\n]/g, ' ') : cell,
  ]);
  return Object.fromEntries(cells);
}

interface Asked {
  readonly kind: 'user' | 'device';
  readonly name: string;
  readonly neutralizeFormulas: boolean;
  readonly switches: Switches;
}

/** Rows of one file and Engine: what was brought, and what the simulator holds and has reached on its own clock. */
function sides(
  run: EngineRun,
  engine: EngineWorld,
  file: string,
  { kind, name, neutralizeFormulas, switches }: Asked,
  now = NOW,
) {
  const present = engine.zone.text(now.getTime());
  const isPast = (row: Readonly<Record<string, string>>) =>
    Object.entries(row).every(([column, cell]) => !/^\w+\/(start_)?time$/.test(column) || cell <= present);
  const brought = (run.rows.get(file) ?? []).filter((row) => row.engine === engine.name).map(fingerprint);
  const held = [...engineTruth(engine, file, kind, name, neutralizeFormulas)]
    .filter(isPast)
    .map((row) => fingerprint(spelled(row, switches)));
  return { brought: brought.sort(), held: held.sort() };
}

async function check(seed: number): Promise<{ engines: number; whole: number }> {
  const draw = (most: number, salt: number) => (Math.imul(seed + 1, 2654435761 + salt * 40503) >>> 7) % most;
  const switches = drawSwitches(seed);
  const engines = 1 + ((7 * seed) % 12);
  const faults = Array.from({ length: engines }, (_, i) => i)
    .filter((i) => draw(3, 10 + i) === 0)
    .map((i, nth) => `engine-${i + 1}=${FAULT_KINDS[(5 * seed + nth) % FAULT_KINDS.length]}`);
  const ancient = switches.between === 'overlap'; // what began before the span comes only where it is told to overlap it
  const simulator = await startSimulator({ engines, rows: 240, seed, now: NOW, ancient, faults, ...switches });
  try {
    const kind = seed % 2 === 0 ? 'user' : 'device';
    const name = (kind === 'user' ? simulator.users : simulator.devices)[draw(3, 2)]!;
    const neutralizeFormulas = seed % 10 >= 8;
    const asked = { kind, name, neutralizeFormulas, switches } as const;
    const run = await runEngines(simulator, { subject: { kind, name }, now: () => NOW, neutralizeFormulas });
    const files = [...TRUE_FILES[kind], ...NEWER_FILES] as readonly string[];
    expect([...run.rows.keys()].filter((file) => !files.includes(file))).toEqual([]);
    let whole = 0;
    for (const engine of simulator.world.engines) {
      const fault = faults.find((text) => text.startsWith(`${engine.name}=`))?.split('=')[1] ?? 'none';
      const { state, gaps = 0 } = run.progress.find((progress) => progress.name === engine.name)!;
      const named = run.missing.filter(({ source }) => source === engine.name);
      const answered = state === 'DONE' || state === 'EMPTY';
      const isWhole = answered && gaps === 0;
      for (const file of TRUE_FILES[kind]) {
        const { brought, held } = sides(run, engine, file, asked, fault === 'clock-skew' ? SKEWED : NOW);
        const where = `seed ${seed}, ${engine.name} (${fault}, ${state}), ${file}, ${JSON.stringify(switches)}`;
        const excused = named.some((gap) => gap.file.startsWith(`engines/${file}.`) && excuses(gap));
        if (answered && !excused) expect(brought, where).toEqual(held);
        else
          expect(
            brought.filter((row) => !held.includes(row)),
            where,
          ).toEqual([]);
      }
      if (!isWhole)
        expect(named.some(excuses) || FAILED.test(state), `seed ${seed}, ${engine.name}: ${state}`).toBe(true);
      if (isWhole && named.length === 0) whole++;
      if (HARMLESS.includes(fault) && switches.cap === undefined) {
        expect([state, named], `seed ${seed}, ${engine.name} (${fault})`).toEqual([
          expect.stringMatching(/^(DONE|EMPTY)$/),
          [],
        ]);
      }
    }
    return { engines, whole };
  } finally {
    await simulator.stop();
  }
}

describe('retrieval from Engines of any kind', () => {
  let asked = 0;
  let had = 0;

  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'brings every row or names what it could not have, seed %i (R9, R10, R12)',
    async (seed) => {
      const { engines, whole } = await check(seed);
      asked += engines;
      had += whole;
    },
    120_000,
  );

  it('has compared most Engines whole', () => {
    expect(had).toBeGreaterThan(asked / 2);
  });

  it('names packages that a cap left out, and says nothing of those that are whole (R12)', async () => {
    const brought = async (cap: number | undefined) => {
      const simulator = await startSimulator({ engines: 1, rows: 240, seed: 3, now: NOW, ...(cap && { cap }) });
      try {
        const subject = { kind: 'device', name: simulator.devices[0]! } as const;
        const run = await runEngines(simulator, { subject, now: () => NOW, confirmRows: 3 });
        const reasons = run.missing.filter(({ file }) => file.includes('packages')).map(({ reason }) => reason);
        return { rows: run.rows.get('packages')!.length, reasons };
      } finally {
        await simulator.stop();
      }
    };
    const whole = await brought(undefined);
    expect(whole.reasons).toEqual([]);
    expect(await brought(whole.rows + 1)).toEqual(whole);
    expect(await brought(whole.rows - 1)).toEqual({ rows: whole.rows - 1, reasons: ['ROW_LIMIT'] });
  });

  it.each([20, -20])('loses nothing to an Engine whose clock is %i hours off', async (hours) => {
    const faults = [`engine-1=clock-skew:${hours}`];
    const simulator = await startSimulator({ engines: 1, rows: 600, seed: 5, now: NOW, faults });
    try {
      const [engine, name] = [simulator.world.engines[0]!, simulator.users[0]!];
      const asked = { kind: 'user', name, neutralizeFormulas: true, switches: {} } as const;
      const run = await runEngines(simulator, { ...asked, subject: asked, now: () => NOW, rowLimit: 50 });
      for (const file of TRUE_FILES.user) {
        const now = new Date(NOW.getTime() + Math.min(hours, 0) * HOUR); // nobody records more than has happened
        const { brought, held } = sides(run, engine, file, asked, now);
        expect(brought, file).toEqual(held);
      }
      expect(run.rows.get('executions')!.length).toBeGreaterThan(50);
    } finally {
      await simulator.stop();
    }
  });
});
