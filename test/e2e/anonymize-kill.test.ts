import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFinal } from '../../core/lifecycle.ts';
import type { RequestView } from '../../core/model.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { rowsNaming, runAs } from '../support/portal.ts';

const KILLS = process.env.GDPR_TEST_DEEP ? 50 : 5;
/** A run takes about so long from its request on, milliseconds. */
const LONGEST_DELAY = 900;

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 50 });
});
afterAll(() => system?.stop());

/** Processes of ours that run the function that anonymizes. */
function workers(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('anonymize-portal')
        );
      } catch {
        return false; // gone meanwhile
      }
    });
}

async function call(method: string, path: string, body?: unknown): Promise<RequestView> {
  const answer = await fetch(`${system.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(answer.ok, String(answer.status)).toBe(true);
  return (await answer.json()) as RequestView;
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

describe('an anonymization whose process is killed', () => {
  it(`leaves the Portal untouched or wholly anonymized at ${KILLS} random moments, and its state says which (R15, R16)`, async () => {
    const seen: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const name = `victim${kill}`;
      await plant(name);
      const before = (await rowsNaming(system.portal, name)).length;
      const subject = { kind: 'user', name };
      const { requestId } = await call('POST', '/v1/requests', {
        ...{ kind: 'anonymize', subject, irreversible: true, login: system.login },
      });
      const delays = Array.from({ length: 1 + (kill % 3) }, () => Math.random() * LONGEST_DELAY);
      for (const delay of delays) {
        await sleep(delay);
        for (const pid of workers()) process.kill(pid, 'SIGKILL');
      }
      let view = await call('GET', `/v1/requests/${requestId}`);
      while (!isFinal(view.state)) {
        await sleep(100);
        view = await call('GET', `/v1/requests/${requestId}`);
      }

      const left = (await rowsNaming(system.portal, name)).length;
      const changed = view.receipt !== undefined;
      seen.push(`${view.state} ${changed ? 'changed' : 'untouched'} ${view.failure ?? ''}`);
      expect(before).toBe(601);
      expect(left, seen.at(-1)).toBe(changed ? 0 : before);
      // killed again in the second try, a change that was committed could not be verified: failed, with its receipt
      expect(view.state, seen.at(-1)).toBe(view.receipt?.residue === 0 ? 'COMPLETED' : 'FAILED');
      if (delays.length === 1) expect(view.state, seen.at(-1)).toBe('COMPLETED');
    }
  }, 1_200_000);
});
