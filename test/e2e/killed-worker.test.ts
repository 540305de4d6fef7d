import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { killAgainAndAgain } from '../support/workers.ts';

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem({ engines: 2, rows: 300, seed: 5 });
});
afterAll(() => system?.stop());

const start = async (): Promise<string> => {
  const subject = { kind: 'user', name: system.users[0]! };
  const body = { kind: 'retrieve', sources: ['engine', 'portal'], subject, login: system.login };
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  return ((await answer.json()) as RequestView).requestId;
};
const rerun = (requestId: string) =>
  callApi(system, 'POST', `/v1/requests/${requestId}/rerun`, { body: { login: system.login } });
const stored = async (requestId: string): Promise<string[]> => {
  const s3 = new S3Client(clientOf(system, 'S3'));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
  return Contents.map(({ Key }) => Key!).filter((key) => key.includes(requestId));
};
const isCommitted = (key: string): boolean => key.endsWith('/index.json');
const statesOf = ({ progress }: RequestView) =>
  Object.fromEntries(progress.map(({ name, state, reason }) => [name, [state, reason].filter(Boolean).join(' ')]));

describe('a worker that is killed again and again (C47)', () => {
  it.each([
    ['query-portal', { 'engine-1': 'DONE', 'engine-2': 'DONE', portal: 'FAILED Runtime.ExitError' }],
    [
      'query-engine',
      { 'engine-1': 'FAILED Runtime.ExitError', 'engine-2': 'FAILED Runtime.ExitError', portal: 'DONE' },
    ],
  ])(
    'counts as its source missing, the rest is kept, and a rerun completes it: %s',
    async (name, states) => {
      const killing = killAgainAndAgain(name);
      const requestId = await start();
      const view = await ended(system, requestId);
      expect(killing.stop()).toBeGreaterThan(2);

      expect([view.state, statesOf(view)]).toEqual(['COMPLETED_WITH_ERRORS', states]);
      expect((await rerun(requestId)).status).toBe(202);
      expect(await ended(system, requestId)).toMatchObject({ state: 'COMPLETED', attempt: 2 });
    },
    180_000,
  );

  it('leaves nothing unfinished when every worker is killed, notes too; a rerun of the failed request completes it', async () => {
    const killing = ['query-engine', 'query-portal', 'note-missing'].map(killAgainAndAgain);
    const requestId = await start();
    const view = await ended(system, requestId);
    for (const { stop } of killing) expect(stop()).toBeGreaterThan(0);

    const lost = 'FAILED WORKER_LOST';
    expect([view.state, statesOf(view)]).toEqual(['FAILED', { 'engine-1': lost, 'engine-2': lost, portal: lost }]);
    expect(view.rerunUntil).toBeDefined();
    expect((await rerun(requestId)).status).toBe(202);
    const again = await ended(system, requestId);
    expect(again).toMatchObject({ state: 'COMPLETED', attempt: 2 });
    expect(again.rerunUntil).toBeUndefined();
  }, 180_000);

  it('is merged from what was committed when only the merge is killed, and no source is queried again', async () => {
    const killing = killAgainAndAgain('merge-parts');
    const requestId = await start();
    await vi.waitFor(async () => expect((await stored(requestId)).filter(isCommitted)).toHaveLength(3), 60_000);
    const queries = () => system.simulator.engines.map(({ traffic }) => traffic.queries);
    const before = queries();
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(killing.stop()).toBeGreaterThan(1);

    expect((await ended(system, requestId)).state).toBe('COMPLETED');
    expect(queries()).toEqual(before);
  }, 180_000);
});
