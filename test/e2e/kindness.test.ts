import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { gdpr } from '../support/command.ts';

const ENGINES = process.env.GDPR_TEST_DEEP === '1' ? 12 : 6;
let system: LocalSystem;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-kindness-'));
  const faults = ['engine-2=busy:2', 'engine-3=unavailable:1', 'engine-4=no-licence'];
  system = await startLocalSystem({ engines: ENGINES, rows: 100, faults, delayMs: 20 });
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const call = (path: string, body: object) => callApi(system, 'POST', path, { body });
const retrieve = async (user: string, file: string) => {
  const out = join(folder, file);
  const { stdout } = await gdpr(system, 'retrieve', '--user', user, '--engine-data', '--out', out, '--json');
  return JSON.parse(stdout) as RequestView;
};

describe('kindness to Engines', () => {
  it(`sends a wrong password to none of ${ENGINES} Engines, and refuses it before anything starts (decision 26)`, async () => {
    const login = { ...system.login, password: 'wrong' };
    const subject = { kind: 'user', name: system.users[0] };
    const answer = await call('/v1/requests', { kind: 'retrieve', subject, sources: ['engine', 'portal'], login });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    const traffic = system.simulator.engines.map((engine) => engine.traffic);
    expect(traffic.reduce((sum, { refusedLogins, queries }) => sum + refusedLogins + queries, 0)).toBe(0);
    expect(system.history()).toEqual([]);
  });

  it('asks each Engine one question at a time while three Requests run, and all of them end well (decision 5)', async () => {
    const views = await Promise.all([0, 1, 0].map((user, i) => retrieve(system.users[user]!, `${i}.tar.gz`)));
    for (const view of views) {
      const states = Object.fromEntries(view.progress.map(({ name, state }) => [name, state]));
      const { 'engine-4': unlicensed, ...others } = states;
      expect(unlicensed).toBe('NO_LICENCE');
      expect(Object.keys(others)).toHaveLength(ENGINES - 1);
      expect(Object.values(others).filter((state) => state !== 'DONE' && state !== 'EMPTY')).toEqual([]);
    }
    const queried: number[] = [];
    for (const { traffic } of system.simulator.engines) {
      // What a person waits for (the check of the account, the look-up of a name) may run beside a retrieval, one at a time.
      const queries = traffic.log.filter(({ statement }) => /\(between .*\(limit /.test(statement));
      queried.push(queries.length);
      const overlaps = queries.filter(({ startedAt }, at) => at > 0 && startedAt < queries[at - 1]!.endedAt!);
      expect(overlaps.map(({ statement }) => statement)).toEqual([]);
      expect(traffic.busiest).toBeLessThanOrEqual(2);
    }
    expect(queried.filter((count) => count > 10)).toHaveLength(ENGINES - 1);
  }, 240_000);
});
