import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { PreviewView } from '../../modules/lifecycle/preview-request.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { untar } from '../support/archive.ts';
import { gdpr, gdprOpen } from '../support/command.ts';
import { parseCsv } from '../support/csv.ts';
import { rowsNaming, runAs } from '../support/portal.ts';
import { changeSettings } from '../support/settings.ts';

let system: LocalSystem;
let folder: string;
let name: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-portal-only-'));
  system = await startLocalSystem({ engines: 2, rows: 50, faults: ['engine-1=down', 'engine-2=down'] });
  name = system.users[0]!;
});

afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: unknown) =>
  fetch(`${system.apiUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });

const previewOf = async (): Promise<PreviewView> => {
  const { stdout } = await gdpr(system, 'preview', '--user', name, '--json');
  return JSON.parse(stdout) as PreviewView;
};

/** Starts an anonymization over the API and waits for its end. */
async function anonymize(planHash: string): Promise<RequestView> {
  const body = {
    kind: 'anonymize',
    subject: { kind: 'user', name },
    irreversible: true,
    login: system.login,
    planHash,
  };
  return ended(await post('/v1/requests', body));
}

/** Waits for the end of a request that was started. */
async function ended(answer: Response): Promise<RequestView> {
  expect(answer.status).toBe(202);
  const { requestId } = (await answer.json()) as RequestView;
  for (let look = 0; look < 60; look += 1) {
    const { stdout } = await gdprOpen(system, 'status', requestId, '--json');
    const view = JSON.parse(stdout) as RequestView;
    if (isFinal(view.state)) return view;
  }
  throw new Error('the request did not end');
}

describe('the Portal with every Engine down', () => {
  it('is left alone until the settings allow an account that no Engine has proved (R4)', async () => {
    const { login } = system;
    const subject = { kind: 'user', name };
    const bodies = [
      ['/v1/preview', { kind: 'anonymize', subject, login }],
      ['/v1/requests', { kind: 'retrieve', subject, sources: ['portal'], login }],
      ['/v1/requests', { kind: 'anonymize', subject, irreversible: true, login }],
    ] as const;
    for (const [path, body] of bodies) {
      const answer = await post(path, body);
      expect(answer.status).toBe(503);
      const { type, detail } = (await answer.json()) as { type: string; detail: string };
      expect(type).toBe('/problems/login-not-verifiable');
      expect(detail).toContain('engines.engine-1.port');
      expect(detail).toContain('engines.engine-2.port');
    }
    await changeSettings(system, { account: { whenUnproved: 'allow' } });
  }, 60_000);

  it('is retrieved: one file per kind of metric, and the rows of the subject (R4, R9)', async () => {
    const out = join(folder, 'x.tar.gz');
    const { code } = await gdpr(system, 'retrieve', '--user', name, '--portal-data', '--out', out);

    expect(code).toBe(0);
    const files = await untar(await readFile(out));
    const rowsOf = (file: string) => parseCsv(files[`portal/${file}.csv`]!).length - 1;
    const stored = async (condition: string) =>
      Number((await runAs(system.portal, 'owner', `SELECT count(*) FROM portal.${condition}`, [name]))[0]!.count);
    expect(rowsOf('users')).toBe(1);
    expect(rowsOf('count_metric_details')).toBe(await stored('count_metric_details WHERE user_name = $1'));
    expect(rowsOf('count_metric_history')).toBe(await stored("count_metric_history WHERE account = 'CORP\\' || $1"));
    expect(rowsOf('quantity_metric_details')).toBe(await stored('quantity_metric_details WHERE user_name = $1'));
    const tops =
      "top_metric_results WHERE user_upn = $1 || '@corp.example' OR display->>'lastLoggedOnUser' = 'CORP\\' || $1";
    expect(rowsOf('top_metric_results')).toBe(await stored(tops));
    expect(rowsOf('count_metric_history') * rowsOf('top_metric_results')).toBeGreaterThan(0);
  }, 60_000);

  it('shows nothing about a person to who gives a wrong password (R14)', async () => {
    const login = { ...system.login, password: `${system.login.password}-wrong` };
    const answer = await post('/v1/preview', { kind: 'anonymize', subject: { kind: 'user', name }, login });

    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain('rows');
  }, 60_000);

  it('refuses both, naming the column, when a column came that nobody has looked at (docs/portal-mapping.md)', async () => {
    await runAs(system.portal, 'owner', 'ALTER TABLE portal.users ADD COLUMN nickname text');
    try {
      const answer = await post('/v1/preview', {
        kind: 'anonymize',
        subject: { kind: 'user', name },
        login: system.login,
      });
      const out = join(folder, 'y.tar.gz');
      const { code, stdout } = await gdpr(system, 'retrieve', '--user', name, '--portal-data', '--out', out, '--json');

      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        detail: expect.stringContaining('portal.users.nickname (text) is not classified'),
      });
      expect(code).toBe(1);
      expect((JSON.parse(stdout) as RequestView).progress).toMatchObject([{ reason: 'PortalMappingError' }]);
    } finally {
      await runAs(system.portal, 'owner', 'ALTER TABLE portal.users DROP COLUMN nickname');
    }
  }, 60_000);

  it('is rehearsed first: rows and refusals are known, and nothing has changed (R14, R15)', async () => {
    const before = await rowsNaming(system.portal, name);
    const { planHash, rows } = await previewOf();
    const { code, stdout } = await gdpr(system, 'rehearse', '--user', name, '--json');
    const { rehearsal, state, requestId } = JSON.parse(stdout) as RequestView;

    expect([code, state, rehearsal?.refusals]).toEqual([0, 'COMPLETED', []]);
    expect(Object.values(rehearsal!.rowsByTable).reduce((sum, changed) => sum + changed, 0)).toBe(rows);
    expect(await rowsNaming(system.portal, name)).toEqual(before);
    const shown = await gdprOpen(system, 'status', requestId);
    expect(shown.stdout).toContain('Everything was rolled back.');
    expect(`${stdout} ${shown.stdout}`).not.toContain(name);

    await runAs(system.portal, 'owner', 'REVOKE UPDATE ON portal.users FROM gdpr_anonymize');
    const body = { kind: 'rehearse', subject: { kind: 'user', name }, login: system.login, planHash };
    const refused = await ended(await post('/v1/requests', body));
    await runAs(system.portal, 'owner', 'GRANT UPDATE ON portal.users TO gdpr_anonymize');

    expect(refused.state).toBe('COMPLETED_WITH_ERRORS');
    expect(refused.rehearsal?.refusals).toEqual([expect.stringContaining('GRANT SELECT, UPDATE ON portal.users')]);
    expect(await rowsNaming(system.portal, name)).toEqual(before);
  }, 90_000);

  it('is anonymized only as previewed: a plan that no longer holds changes nothing (R13, R14)', async () => {
    const { planHash } = await previewOf();
    const before = await rowsNaming(system.portal, name);
    await runAs(system.portal, 'owner', 'INSERT INTO portal.saved_selections (title, members) VALUES ($1, ARRAY[$1])', [
      `new: ${name}`,
    ]);

    const stopped = await anonymize(planHash!);

    expect(stopped).toMatchObject({ state: 'FAILED', failure: 'PlanChangedError' });
    expect(await rowsNaming(system.portal, name)).toHaveLength(before.length + 1);

    const { planHash: second, rows } = await previewOf();
    const done = await anonymize(second!);

    expect(done.state).toBe('COMPLETED');
    expect(Object.values(done.receipt!.rowsByTable).reduce((sum, changed) => sum + changed, 0)).toBe(rows);
    expect(await rowsNaming(system.portal, name)).toEqual([]);
  }, 90_000);
});
