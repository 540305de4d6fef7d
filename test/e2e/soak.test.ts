import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import type { LocalSystem } from '../../local/system.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import type { Held } from '../support/soak-child.ts';

const CHILD = resolve(import.meta.dirname, '../support/soak-child.ts');
const IS_DEEP = process.env.GDPR_TEST_DEEP === '1';
/** Requests, and after how many of them the system must have found its size. */
const LAST = Number(process.env.GDPR_SOAK_REQUESTS ?? (IS_DEEP ? 1_000 : 6));
const FIRST = LAST >= 1_000 ? 200 : Math.max(3, LAST / 3);
const MAX_GROWTH = 1.1;
/**
 * How much more may be there of what is little, or comes and goes: one more process of a function, for calls at once, has
 * some handles, and the system takes resident memory back late.
 */
const MAX_MORE: Partial<Record<keyof Held, number>> = {
  executions: 2,
  iterators: 2,
  files: 2,
  handles: 8,
  descriptors: 8,
  resident: 60,
};
/** What the server lets a connection idle, and more. */
const QUIET_MS = 6_000;

let folder: string;
let child: ChildProcess;
let system: Pick<LocalSystem, 'apiUrl' | 'token' | 'login' | 'users'>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soak-'));
  await mkdir(join(folder, 'tmp'));
  child = fork(CHILD, [join(folder, '.local')], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, TMPDIR: join(folder, 'tmp') },
  });
  [system] = (await once(child, 'message')) as [typeof system];
});
afterAll(async () => {
  if (child?.connected) {
    child.send('stop');
    await once(child, 'exit');
  }
  const database = await reachableFolder(join(folder, '.local/portal-1-1'), accountFor());
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
    const { state } = (await (await callApi(system, 'GET', path)).json()) as RequestView;
    if (isFinal(state)) return state;
    await sleep(200);
  }
}

it(
  `${LAST} requests one after the other leave memory, handles and files as they were after ${Math.round(FIRST)} (C48)`,
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
    const first = await upTo(0, FIRST);
    const last = await upTo(FIRST, LAST);

    const figures = JSON.stringify({ ends, first, last });
    console.log(figures);
    const grown = (Object.keys(first) as (keyof Held)[]).filter(
      (name) => last[name] > Math.max(first[name] * MAX_GROWTH, first[name] + (MAX_MORE[name] ?? 1)),
    );
    expect(grown, `grew by more than a tenth: ${figures}`).toEqual([]);
    expect(ends.COMPLETED, figures).toBeGreaterThanOrEqual(LAST / 2);
  },
  2 * 3_600_000,
);
