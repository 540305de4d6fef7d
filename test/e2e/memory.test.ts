import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LocalOptions } from '../../local/options.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Manifest } from '../../modules/archive/manifest.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { untar } from '../support/archive.ts';
import { gdpr, run } from '../support/command.ts';
import { changeSettings } from '../support/settings.ts';

const IS_DEEP = process.env.GDPR_TEST_DEEP === '1';
/** Rows per Engine: 74 MB of CSV each, or a part of it. */
const ROWS = IS_DEEP ? 60_000 : 24_000;
const MAX_MEGABYTES = 200;
/** The merge holds the indexes of all Engines at once, whatever their rows; a sixth of what its function has. */
const MAX_OF_INDEXES = 300;
const HOUR_MS = 3_600_000;

async function within(
  options: LocalOptions,
  work: (system: LocalSystem, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gdpr-memory-'));
  const system = await startLocalSystem({ seed: 3, ...options });
  try {
    await work(system, folder);
  } finally {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Says what the functions needed, and what a test measured besides. */
function expectLittleMemory(system: LocalSystem, figures: object, max = MAX_MEGABYTES): void {
  const peaks = system.functionPeaks();
  console.log(JSON.stringify({ ...figures, peaks, mainNow: Math.round(process.memoryUsage().rss / 2 ** 20) }));
  expect(Object.keys(peaks)).toContain('query-engine');
  expect(Math.max(...Object.values(peaks))).toBeLessThan(max);
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);

it(`retrieves ${ROWS / 300} MB of rows with every function under 200 MB of memory (R22, docs/limits.md)`, async () => {
  await within({ engines: 3, rows: ROWS }, async (system, folder) => {
    const out = join(folder, 'x.tar.gz');
    const { code } = await gdpr(system, 'retrieve', '--user', system.users[0]!, '--out', out);
    const manifest = JSON.parse((await untar(await readFile(out)))['manifest.json']!) as Manifest;
    const megabytes = manifest.sources.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;

    expect(code).toBe(0);
    expect(megabytes).toBeGreaterThan(ROWS / 300);
    expectLittleMemory(system, { megabytes });
  });
}, 180_000);

/** Refusals of a busy system, by status and type of problem. */
const refusals = new Map<string, number>();

/** A retrieval of Engine data, to its end. A busy system (503) is asked again with the same key, as clients do. */
async function retrieve(system: LocalSystem, name: string): Promise<RequestView> {
  const body = { kind: 'retrieve', sources: ['engine'], subject: { kind: 'user', name }, login: system.login };
  const key = randomUUID();
  for (;;) {
    const answer = await callApi(system, 'POST', '/v1/requests', { body, key });
    const view = (await answer.json()) as RequestView & { readonly type?: string };
    if (answer.status === 202) return await ended(system, view.requestId);
    const refusal = `${answer.status} ${view.type}`;
    refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    expect([409, 503]).toContain(answer.status);
    await sleep(1_000);
  }
}

if (IS_DEEP) {
  /** Rows in one archive, and requests at once. */
  const MANY_ROWS = Number(process.env.GDPR_LOAD_ROWS ?? 10_000_000);
  const AT_ONCE = Number(process.env.GDPR_LOAD_REQUESTS ?? 50);
  const ENGINES = Number(process.env.GDPR_LOAD_ENGINES ?? 200);

  /** Event rows of an Engine for one of the sample user. */
  const SHARE_OF_ALL = 1.9;

  describe('a load', () => {
    it(
      `of ${AT_ONCE} requests at once over 20 Engines ends whole, with one question at a time at each Engine (R16, R22)`,
      async () => {
        await within({ engines: 20, rows: 60 }, async (system) => {
          await changeSettings(system, { callerLimits: { callsPerMinute: 100_000, unfinishedRequests: 10_000 } });
          const began = performance.now();
          const names = Array.from({ length: AT_ONCE }, (_, at) => system.users[at % system.users.length]!);
          const views = await Promise.all(names.map((name) => retrieve(system, name)));
          const ends = Map.groupBy(views, ({ state }) => state);
          const figures = {
            seconds: seconds(began),
            ends: [...ends].map(([state, those]) => [state, those.length]),
            refusals: Object.fromEntries(refusals),
            queries: system.simulator.engines.reduce((sum, { traffic }) => sum + traffic.queries, 0),
          };
          expectLittleMemory(system, figures);
          expect([...ends.keys()]).toEqual(['COMPLETED']);
          expect(Math.max(...system.simulator.engines.map(({ traffic }) => traffic.busiest))).toBe(1);
        });
      },
      2 * HOUR_MS,
    );

    it(
      `of one request over ${ENGINES} Engines ends whole (R22)`,
      async () => {
        await within({ engines: ENGINES, rows: 60 }, async (system) => {
          const began = performance.now();
          const { state, progress } = await retrieve(system, system.users[0]!);
          expectLittleMemory(system, { seconds: seconds(began), state }, MAX_OF_INDEXES);
          expect([state, progress.filter((source) => source.state === 'DONE').length]).toEqual(['COMPLETED', ENGINES]);
        });
      },
      2 * HOUR_MS,
    );

    it(
      `of one request with ${MANY_ROWS} rows is an archive that verifies (R22)`,
      async () => {
        await within({ engines: 4, rows: Math.round((MANY_ROWS * SHARE_OF_ALL) / 4) }, async (system, folder) => {
          const out = join(folder, 'x.tar.gz');
          const began = performance.now();
          const { code } = await gdpr(system, 'retrieve', '--user', system.users[0]!, '--engine-data', '--out', out);
          const took = seconds(began);
          expect(code).toBe(0);
          const verified = await run('node', ['cli/main.ts', 'archive', 'verify', out, '--json']);
          expectLittleMemory(system, { seconds: took, verified: verified.stdout.slice(0, 2_000) });
          expect(verified.code).toBe(0);
          expect((JSON.parse(verified.stdout) as { rows: number }).rows).toBeGreaterThan(MANY_ROWS);
        });
      },
      2 * HOUR_MS,
    );
  });
}
