import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { fullDisk } from '../support/full-disk.ts';
import { rowsNaming, runAs } from '../support/portal.ts';
import { workersOf } from '../support/workers.ts';

const KILLS = process.env.GDPR_TEST_DEEP ? 50 : 5;
/** About how long a run takes from its request on, milliseconds. */
const MAX_DELAY = 900;

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50 });
});
afterAll(() => system?.stop());

async function call(method: string, path: string, body?: unknown): Promise<RequestView> {
  const answer = await fetch(`${system.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${system.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(answer.ok, String(answer.status)).toBe(true);
  return (await answer.json()) as RequestView;
}

/** @returns id of the Request */
async function anonymize(name: string): Promise<string> {
  const subject = { kind: 'user', name };
  const body = { kind: 'anonymize', subject, irreversible: true, login: system.login };
  return (await call('POST', '/v1/requests', body)).requestId;
}

async function ended(requestId: string): Promise<RequestView> {
  for (;;) {
    const view = await call('GET', `/v1/requests/${requestId}`);
    if (isFinal(view.state)) return view;
    await sleep(100);
  }
}

/** Puts a person into the Portal, in a name column, in text and in JSON. */
async function plant(name: string): Promise<void> {
  const owner = (text: string) => runAs(system.portal, 'owner', text);
  await owner(`INSERT INTO portal.users (name, full_name) VALUES ('${name}', 'Somebody')`);
  await owner(`INSERT INTO portal.metric_annotations (metric_id, day, note)
    SELECT 1, '2026-01-01', 'CORP\\${name} called, no. ' || i FROM generate_series(1, 300) AS i`);
  await owner(`INSERT INTO portal.top_metric_results (day, metric_id, rank, value, display)
    SELECT '2020-01-01'::date + i, 1, ${Math.floor(Math.random() * 1e9)}, 1, '{"lastLoggedOnUser": "${name}"}'
    FROM generate_series(1, 300) AS i`);
}

describe('an anonymization for which the disk has no room', () => {
  it('changes nothing, and its state says why; no output holds the name (R15, R24)', async () => {
    await plant('nobody9');
    const before = await rowsNaming(system.portal, 'nobody9');
    const disk = await fullDisk(system.portal, 'gdpr.anonymization_run');

    const view = await ended(await anonymize('nobody9'));
    await disk.makeRoom();

    expect(view).toMatchObject({ state: 'FAILED', failure: 'PortalDatabaseFullError' });
    expect(view.receipt).toBeUndefined();
    expect(await rowsNaming(system.portal, 'nobody9')).toEqual(before);
    const outputs = await Promise.all([system.logFile, system.executionsFile].map((file) => readFile(file, 'utf8')));
    expect([...outputs, JSON.stringify(view)].join('\n')).not.toContain('nobody9');
    expect(await ended(await anonymize('nobody9'))).toMatchObject({ state: 'COMPLETED' });
  });
});

describe('an anonymization whose process is killed', () => {
  it(`leaves the Portal untouched or wholly anonymized at ${KILLS} random moments, and its state says which (R15, R16)`, async () => {
    const seen: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const name = `victim${kill}`;
      await plant(name);
      const before = (await rowsNaming(system.portal, name)).length;
      const requestId = await anonymize(name);
      const delays = Array.from({ length: 1 + (kill % 3) }, () => Math.random() * MAX_DELAY);
      for (const delay of delays) {
        await sleep(delay);
        for (const pid of workersOf('anonymize-portal')) process.kill(pid, 'SIGKILL');
      }
      const view = await ended(requestId);

      const left = (await rowsNaming(system.portal, name)).length;
      const changed = view.receipt !== undefined;
      seen.push(`${view.state} ${changed ? 'changed' : 'untouched'} ${view.failure ?? ''}`);
      expect(before).toBe(601);
      expect(left, seen.at(-1)).toBe(changed ? 0 : before);
      expect(view.state, seen.at(-1)).toBe(changed ? 'COMPLETED' : 'FAILED');
      expect(view.receipt?.residue, seen.at(-1)).toBe(changed ? 0 : undefined);
      if (delays.length === 1) expect(view.state, seen.at(-1)).toBe('COMPLETED');
    }
  }, 1_200_000);
});
