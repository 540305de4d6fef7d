import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import { chainFaults } from '../../modules/requests/audit/trail.ts';
import type { RequestView } from '../../modules/requests/views/request-view.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { callApi, ended, subjectIdOf } from '../support/api.ts';

let system: LocalSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  system = await startLocalSystem({ engines: 2, rows: 50, seed: 3, faults: ['engine-2=down'] });
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true });
});

const start = async (facts: object): Promise<RequestView> => {
  const subject = { kind: 'user', name: system.users[0]! };
  const body = { subject, login: system.login, ...facts };
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  expect(answer.status).toBe(202);
  return ended(system, ((await answer.json()) as RequestView).requestId);
};
const eventsOf = async (requestId: string): Promise<EventsView> =>
  (await (await callApi(system, 'GET', `/v1/requests/${requestId}/events`)).json()) as EventsView;
const verify = (what: string, ...options: string[]) =>
  runGdpr(['audit', 'verify', what, '--api', system.apiUrl, '--token', system.token, ...options], { cwd: folder });

describe('the audit trail of a Request (R27)', () => {
  it('tells who did what to a retrieval, its links and its end, and names nobody', async () => {
    const { requestId } = await start({ kind: 'retrieve', sources: ['engine', 'portal'] });
    expect((await callApi(system, 'POST', `/v1/requests/${requestId}/links`)).status).toBe(200);
    expect((await callApi(system, 'DELETE', `/v1/requests/${requestId}/archive`)).status).toBe(204);

    const { events } = await eventsOf(requestId);
    const told = events.map(({ what, by }) => [what, by.role === 'system' ? by.id : by.role]);
    expect(told).toEqual([
      ['requested', 'person'],
      ['started', 'open-request'],
      ['merging', 'merge-parts'],
      ['merged', 'merge-parts'],
      ['completed-with-errors', 'close-request'],
      ['link-minted', 'person'],
      ['archive-destroyed', 'person'],
    ]);
    expect(events[0]!.by.id).toBe(subjectIdOf(system.token));
    expect(events[4]!.counts).toMatchObject({ sources: 3, missing: 1 });
    expect(chainFaults(requestId, events)).toEqual([]);
    expect(JSON.stringify(events)).not.toContain(system.users[0]!);

    expect(await verify(requestId)).toMatchObject({ code: 0, stdout: expect.stringContaining('good') });
  });

  it('tells of an anonymization what was changed, verified, certified and handed out', async () => {
    const { requestId } = await start({ kind: 'anonymize', irreversible: true });
    await callApi(system, 'POST', `/v1/requests/${requestId}/certificate/nonce`);

    const { events } = await eventsOf(requestId);
    expect(events.map(({ what }) => what)).toEqual([
      ...['requested', 'started', 'commit-allowed', 'anonymized', 'maintained', 'verified', 'completed'],
      'nonce-handed-out',
    ]);
    expect(events.find(({ what }) => what === 'verified')?.counts).toMatchObject({ left: 0 });
    expect(events.find(({ what }) => what === 'completed')?.certificate).toMatch(/^[0-9a-f]{64}$/);
    expect(chainFaults(requestId, events)).toEqual([]);
  });

  it('is checked without the system, and one that was changed or cut is told from a good one', async () => {
    const { requestId } = await start({ kind: 'retrieve', sources: ['portal'] });
    const good = await runGdpr(['events', requestId, '--json', '--api', system.apiUrl, '--token', system.token], {
      cwd: folder,
    });
    const trail = JSON.parse(good.stdout) as EventsView;
    await writeFile(join(folder, 'good.json'), good.stdout);
    const sound = await runGdpr(['audit', 'verify', 'good.json', '--json'], { cwd: folder });
    expect(sound.code).toBe(0);
    const { head } = JSON.parse(sound.stdout) as { head: string };

    await writeFile(join(folder, 'cut.json'), JSON.stringify({ ...trail, events: trail.events.slice(0, -1) }));
    expect((await runGdpr(['audit', 'verify', 'cut.json'], { cwd: folder })).code).toBe(0);
    expect((await runGdpr(['audit', 'verify', 'cut.json', '--head', head], { cwd: folder })).code).toBe(1);
    await writeFile(join(folder, 'unhashable.json'), good.stdout.replace('"attempt": 1', '"attempt": 1e999'));
    expect(await runGdpr(['audit', 'verify', 'unhashable.json'], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody can have hashed'),
    });
    const forged = trail.events.map((entry) => ({ ...entry, attempt: 7 }));
    await writeFile(join(folder, 'forged.json'), JSON.stringify({ ...trail, events: forged }));
    expect(await runGdpr(['audit', 'verify', 'forged.json'], { cwd: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not follow'),
    });
  });
});
