import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import type { LocalSystem } from '../../local/system.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { fewest, grown, type Held, keptGrows } from '../support/soak.ts';

const CHILD = resolve(import.meta.dirname, '../support/soak-child.ts');
const IS_DEEP = process.env.GDPR_TEST_DEEP === '1';
/** Requests, and after how many of them the system must have found its size. In `npm test` each kind comes twice. */
const LAST = Number(process.env.GDPR_SOAK_REQUESTS ?? (IS_DEEP ? 1_000 : 6));
const FIRST = LAST >= 1_000 ? 200 : Math.max(3, Math.round(LAST / 3));
/** A schedule may be at work at one look; what leaks is there at each. */
const MAX_LOOKS = 5;
/** What the server lets a connection idle, and more. */
const QUIET_MS = 6_000;

let folder: string;
let child: ChildProcess;
let system: Pick<LocalSystem, 'apiUrl' | 'token' | 'login' | 'users'>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soak-'));
  for (const name of ['tmp', 'probes']) await mkdir(join(folder, name));
  for (const place of [folder, join(folder, 'tmp')]) await chmod(place, 0o711); // PostgreSQL enters it with an account of its own
  child = fork(CHILD, [join(folder, '.local'), join(folder, 'probes')], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
  });
  const fails = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the system ended at its start: ${code}`)),
  );
  [system] = (await Promise.race([once(child, 'message'), fails])) as [typeof system];
  fails.catch(() => {});
});
afterAll(async () => {
  if (child?.connected) {
    child.send('stop');
    await once(child, 'exit');
  }
  const database = await reachableFolder(join(folder, '.local/portal-1-48'), accountFor());
  for (const place of [database, folder]) await rm(place, { recursive: true, force: true });
});

/** Once connections that nobody uses have been closed. */
async function held(): Promise<Held> {
  await sleep(QUIET_MS);
  return await ask<Held>('held');
}

async function ask<T>(what: 'held' | 'rest'): Promise<T> {
  const answer = once(child, 'message');
  child.send(what);
  return ((await answer) as [T])[0];
}

/** One request to its end, each time of another person. In turns: rows of both sources, an anonymization, a cancelled retrieval. */
async function request(number: number): Promise<string> {
  const { users, login } = system;
  const subject = { kind: 'user', name: users[number % users.length] };
  const body =
    number % 3 === 1
      ? { kind: 'anonymize', subject, login, irreversible: true }
      : { kind: 'retrieve', subject, login, sources: ['engine', 'portal'] };
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  const { requestId } = (await answer.json()) as RequestView;
  if (answer.status !== 202) return `status ${answer.status}`;
  const path = `/v1/requests/${requestId}`;
  if (number % 3 === 2) await callApi(system, 'POST', `${path}/cancel`);
  for (;;) {
    await ask('rest');
    const { state, archive } = (await (await callApi(system, 'GET', path)).json()) as RequestView;
    if (isFinal(state) && archive) await callApi(system, 'DELETE', `${path}/archive`); // else the disk fills, as it should
    if (isFinal(state)) return state;
    await sleep(200);
  }
}

it(
  `${LAST} requests one after the other leave memory, handles and disk as they were after ${FIRST} (C48)`,
  async () => {
    const ends: Record<string, number> = {};
    const upTo = async (begin: number, end: number) => {
      for (let number = begin; number < end; number++) {
        const state = await request(number);
        ends[state] = (ends[state] ?? 0) + 1;
        if (IS_DEEP && number % 50 === 0) console.log(number, JSON.stringify(await held()));
      }
      return await held();
    };
    const start = await held();
    const first = fewest(await upTo(0, FIRST), await held());
    let last = await upTo(FIRST, LAST);
    for (let look = 0; look < MAX_LOOKS && grown(first, last).length > 0; look += 1) last = fewest(last, await held());

    const figures = JSON.stringify({ ends, start, first, last });
    console.log(figures);
    expect(grown(first, last), `grew by more than a tenth: ${figures}`).toEqual([]);
    expect(keptGrows(start, first, last, [FIRST, LAST - FIRST]), `keeps more each: ${figures}`).toEqual([]);
    expect(Object.keys(ends).filter((end) => end.startsWith('status'))).toEqual([]);
    // of those who are anonymized already nothing is found; the others were cancelled
    const { COMPLETED = 0, NOTHING_FOUND = 0, CANCELLED = 0 } = ends;
    expect([COMPLETED + NOTHING_FOUND + CANCELLED, CANCELLED <= LAST / 2], figures).toEqual([LAST, true]);
  },
  2 * 3_600_000,
);

describe('what is compared', () => {
  const holds = { heap: 45, handles: 20, 'heap of read': 14, 'disk: temporary': 4, 'kept: log': 0 };
  const leaking = (name: keyof typeof holds, more: number): Held => ({ ...holds, [name]: holds[name] + more });

  it('shows a handle, a file or a tenth of the memory too many, and nothing else', () => {
    expect(grown(holds, holds)).toEqual([]);
    expect(grown(holds, { ...holds, 'heap of deliver': 30, 'kept: log': 900 })).toEqual([]);
    expect(grown(holds, leaking('handles', 3))).toEqual(['handles']);
    expect(grown(holds, leaking('heap', 5))).toEqual(['heap']);
    expect(grown(holds, leaking('heap of read', 3))).toEqual(['heap of read']);
    expect(grown(holds, leaking('disk: temporary', 100))).toEqual(['disk: temporary']);
  });

  it('shows later requests that leave more than the first ones', () => {
    const log = (kilobytes: number) => ({ ...holds, 'kept: log': kilobytes });
    expect(keptGrows(log(0), log(2_000), log(10_000), [200, 800])).toEqual([]);
    expect(keptGrows(log(0), log(20_000), log(120_000), [200, 800])).toEqual(['kept: log']);
  });
});
