import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { rowsNaming } from '../support/portal.ts';

const MAIN = resolve(import.meta.dirname, '../../local/main.ts');

/** What `npm start` leaves in its folder for the command line tool. */
interface Running {
  readonly api: string;
  readonly token: string;
  readonly login: Login;
  readonly pid: number;
}

let folder: string;
let child: ChildProcess | undefined;
let system: LocalSystem | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restart-'));
  const { users, portal, stop } = await startHere();
  for (const [at, [moment]] of MOMENTS.entries()) {
    const name = users[6 + at]!;
    victims.set(moment, { name, rows: (await rowsNaming(portal, name)).length });
  }
  await stop();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await system?.stop();
  system = undefined;
});
afterAll(async () => {
  const database = await reachableFolder(join(folder, '.local/portal-1-1'), accountFor());
  for (const place of [database, folder]) await rm(place, { recursive: true, force: true });
});

/** Starts the system in the folder, in this process. */
const startHere = () => startLocalSystem({ dataDir: join(folder, '.local'), engines: 1, rows: 50 });

/** Starts it as `npm start` does. */
async function startApart(): Promise<Running> {
  child = spawn(process.execPath, [MAIN, '--engines', '1', '--rows', '50'], { cwd: folder, stdio: 'ignore' });
  for (;;) {
    const text = await readFile(join(folder, '.local/system.json'), 'utf8').catch(() => '{}');
    const running = JSON.parse(text || '{}') as Running;
    if (running.pid === child.pid && running.api) return running;
    await sleep(50);
  }
}

async function call(api: string, token: string, method: string, path: string, body?: unknown): Promise<RequestView> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
  const answer = await fetch(api + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(answer.ok, String(answer.status)).toBe(true);
  return (await answer.json()) as RequestView;
}

/** When the whole system is killed, by what the Request shows. */
const MOMENTS: readonly (readonly [string, (view: RequestView) => boolean])[] = [
  ['before it has begun', () => true],
  ['while it works', ({ progress }) => progress.some(({ state }) => state === 'RUNNING')],
  ['when it is let commit', ({ commitStartedAt }) => commitStartedAt !== undefined],
  ['when it has committed and nobody has verified it', ({ receipt }) => receipt !== undefined],
];

/** The person that is anonymized at each moment, with the number of rows that name them before. */
const victims = new Map<string, { readonly name: string; readonly rows: number }>();

describe('an anonymization during which the whole system is killed', () => {
  it.each(MOMENTS)(
    'is after a restart untouched or wholly done, and its state says which: %s (R15, R16)',
    async (...[what, now]) => {
      const { name, rows: before } = victims.get(what)!;
      const { api, token, login } = await startApart();
      const subject = { kind: 'user', name };
      const body = { kind: 'anonymize', subject, irreversible: true, login };
      const { requestId } = await call(api, token, 'POST', '/v1/requests', body);
      while (!now(await call(api, token, 'GET', `/v1/requests/${requestId}`))) await sleep(5);
      child!.kill('SIGKILL');
      await once(child!, 'exit');

      system = await startHere();
      let view = await call(system.apiUrl, system.token, 'GET', `/v1/requests/${requestId}`);
      while (!isFinal(view.state)) {
        await sleep(100);
        view = await call(system.apiUrl, system.token, 'GET', `/v1/requests/${requestId}`);
      }
      const left = (await rowsNaming(system.portal, name)).length;
      await system.stop();
      system = undefined;

      const changed = view.receipt !== undefined;
      expect(before).toBeGreaterThan(0);
      expect(left).toBe(changed ? 0 : before);
      expect([view.state, view.receipt?.residue]).toEqual(changed ? ['COMPLETED', 0] : ['FAILED', undefined]);
      if (what.includes('committed')) expect(changed).toBe(true);
      if (what.includes('begun')) expect(changed).toBe(false);
    },
    120_000,
  );
});
