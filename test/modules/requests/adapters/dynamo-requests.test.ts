import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoRequests } from '../../../../modules/requests/adapters/dynamo-requests.ts';
import { RequestNotFoundError, WrongStateError } from '../../../../modules/requests/errors.ts';
import type { RequestRecord } from '../../../../modules/requests/record.ts';
import type { SourceProgress } from '../../../../modules/requests/source.ts';
import type { Requests } from '../../../../modules/requests/store.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

let aws: LocalAws;
let requests: Requests;
const now = new Date('2026-11-23T09:00:00Z');
beforeAll(async () => {
  aws = await startLocalAws();
  requests = dynamoRequests(aws.dynamo, TABLES, { now: () => now }, aFunction);
});
afterAll(() => aws?.stop());

const create = async (facts: Partial<RequestRecord> = {}): Promise<string> => {
  const requestId = crypto.randomUUID();
  await requests.create(aRequest({ ...facts, requestId }));
  return requestId;
};
const progress = (name: string, facts: Partial<SourceProgress> = {}): SourceProgress => ({
  source: 'engine',
  sourceId: `${name}-uid`,
  name,
  state: 'RUNNING',
  rows: 0,
  bytes: 0,
  ...facts,
});

describe('dynamoRequests', () => {
  it('gives back what was created, and creates nothing twice', async () => {
    const requestId = await create({ reference: 'HR-7' });
    expect(await requests.get(requestId)).toEqual(aRequest({ requestId, reference: 'HR-7' }));
    await expect(requests.create(aRequest({ requestId }))).rejects.toThrow();
    await expect(requests.get(crypto.randomUUID())).rejects.toThrow(RequestNotFoundError);
  });

  it('moves a Request along its lifecycle with what belongs to the same write', async () => {
    const requestId = await create();
    const moved = await requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
    expect(moved).toMatchObject({ state: 'CANCELLING', cancelRequested: true, updatedAt: now.toISOString() });
    expect(await requests.get(requestId)).toEqual(moved);
  });

  it('removes what a rerun leaves behind, and keeps it out of the audit trail (decision 23)', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'FAILED', { failure: 'X', rerunUntil: now.toISOString() });
    await requests.transition(requestId, 'QUEUED', { attempt: 2, failure: undefined, rerunUntil: undefined });
    expect(await requests.get(requestId)).toEqual(aRequest({ requestId, attempt: 2, updatedAt: now.toISOString() }));
    const [, failed, asked] = await requests.listEvents(requestId);
    expect(failed).toMatchObject({ what: 'failed', error: 'X' });
    expect(asked).toMatchObject({ what: 'rerun-asked' });
    expect(asked).not.toHaveProperty('error');
  });

  it('lets no late worker undo an end (decision 25)', async () => {
    const requestId = await create();
    await requests.transition(requestId, 'FAILED', { failure: 'X' });
    await expect(requests.transition(requestId, 'RUNNING')).rejects.toThrow(WrongStateError);
    await expect(requests.note(requestId, { receipt: { rowsByTable: {}, residue: 0 } })).rejects.toThrow(
      WrongStateError,
    );
    expect(await requests.get(requestId)).toMatchObject({ state: 'FAILED', failure: 'X' });
  });

  it('writes nothing once a fact is there that must not be', async () => {
    const requestId = await create({ state: 'COMPLETED_WITH_ERRORS' });
    await requests.noteEnded(requestId, { destroyedAt: now.toISOString() });
    const rerun = requests.transition(requestId, 'QUEUED', {}, { destroyedAt: undefined, sweptAt: undefined });
    await expect(rerun).rejects.toThrow(WrongStateError);
    const whole = await create({ state: 'COMPLETED_WITH_ERRORS' });
    const held = { destroyedAt: undefined, sweptAt: undefined };
    expect(await requests.transition(whole, 'QUEUED', {}, held)).toMatchObject({ state: 'QUEUED' });
  });

  it.each(['sends it again', 'gives up'])(
    'knows its own write when the answer is lost and the client %s',
    async (then) => {
      const requestId = await create({ state: 'AWAITING_LOGIN' });
      aws.dynamo.middlewareStack.add(
        (next, context) => async (args) => {
          const answer = await next(args);
          if (!String(context.commandName).startsWith('Update')) return answer;
          if (then === 'gives up') throw new Error('no answer');
          return next(args);
        },
        { step: 'initialize', name: 'lossy' },
      );

      const moved = await requests.transition(requestId, 'QUEUED').finally(() => {
        aws.dynamo.middlewareStack.remove('lossy');
      });

      expect(moved).toEqual(await requests.get(requestId));
      expect((await requests.listEvents(requestId)).map(({ what }) => what)).toEqual(['requested', 'login-given']);
      await expect(requests.transition(requestId, 'QUEUED')).rejects.toThrow(WrongStateError);
    },
  );

  it('decides a race of two ends for one of them', async () => {
    const requestId = await create({ state: 'MERGING' });
    const ends = (['COMPLETED', 'FAILED', 'COMPLETED', 'FAILED'] as const).map((to) =>
      requests.transition(requestId, to).then(
        () => 'moved',
        (error: Error) => error.name,
      ),
    );
    expect((await Promise.all(ends)).sort()).toEqual([
      'WrongStateError',
      'WrongStateError',
      'WrongStateError',
      'moved',
    ]);
  });

  it('keeps the last progress of each source, in order, more than one page of it', async () => {
    const requestId = await create();
    const other = await create();
    const reason = 'x'.repeat(20_000);
    const names = Array.from({ length: 80 }, (_, i) => `engine-${i + 1}`);
    for (const name of names) await requests.putProgress(requestId, progress(name, { reason }));
    await requests.putProgress(requestId, progress('engine-2', { state: 'DONE', rows: 5 }));
    await requests.putProgress(requestId, progress('portal', { source: 'portal', sourceId: 'portal' }));
    await requests.putProgress(other, progress('engine-1'));
    const listed = await requests.listProgress(requestId);
    expect(listed.map(({ name }) => name)).toEqual([...names, 'portal']);
    expect(listed[1]).toEqual(progress('engine-2', { state: 'DONE', rows: 5 }));
  });
});
