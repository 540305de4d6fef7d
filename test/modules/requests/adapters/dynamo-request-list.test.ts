import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoRequestList } from '../../../../modules/requests/adapters/dynamo-request-list.ts';
import { dynamoRequests } from '../../../../modules/requests/adapters/dynamo-requests.ts';
import type { RequestState } from '../../../../modules/requests/record.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const timeOf = (n: number) => new Date(Date.UTC(2026, 10, 1, 0, n)).toISOString();

describe('dynamoRequestList', () => {
  let aws: LocalAws;
  let list: ReturnType<typeof dynamoRequestList>;

  beforeAll(async () => {
    aws = await startLocalAws();
    list = dynamoRequestList(aws.dynamo, TABLES.requests);
    const requests = dynamoRequests(aws.dynamo, TABLES, { now: () => new Date() }, aFunction);
    for (let n = 0; n < 12; n++) {
      const state: RequestState = n % 4 === 0 ? 'RUNNING' : 'COMPLETED';
      const facts = { requestId: idOf(n), callerId: n % 2 ? 'odd' : 'even', createdAt: timeOf(n), state };
      await requests.create(aRequest({ ...facts, ...(n === 3 && { reference: 'T-3' }) }));
      await requests.putProgress(idOf(n), {
        source: 'portal',
        sourceId: 'portal',
        name: 'portal',
        state: 'DONE',
        rows: 0,
        bytes: 0,
      });
    }
  });
  afterAll(() => aws.stop());

  /** All pages; ids as numbers. */
  async function walk(question: Omit<Parameters<typeof list.list>[0], 'cursor'>): Promise<number[][]> {
    const pages: number[][] = [];
    let cursor: string | undefined;
    do {
      const { records, next } = await list.list({ ...question, ...(cursor !== undefined && { cursor }) });
      pages.push(records.map(({ requestId }) => Number(requestId.slice(-12))));
      cursor = next;
    } while (cursor !== undefined);
    return pages;
  }

  /** One page, and how often the table was asked for it. */
  async function counted(question: Parameters<typeof list.list>[0]) {
    let asked = 0;
    aws.dynamo.middlewareStack.add(
      (next) => (args) => {
        asked += 1;
        return next(args);
      },
      { step: 'build', name: 'count' },
    );
    const page = await list.list(question);
    aws.dynamo.middlewareStack.remove('count');
    return { ...page, asked };
  }

  it("gives one Caller's Requests newest first, page by page", async () => {
    expect((await walk({ callerId: 'odd', limit: 4 })).flat()).toEqual([11, 9, 7, 5, 3, 1]);
    expect((await walk({ callerId: 'odd', limit: 4 }))[0]).toHaveLength(4);
    expect(await walk({ callerId: 'nobody', limit: 4 })).toEqual([[]]);
  });

  it('gives those of all, none twice and none left out', async () => {
    expect((await walk({ limit: 5 })).flat()).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('filters by state and reference, whatever lies between', async () => {
    expect((await walk({ limit: 2, states: ['RUNNING'] })).flat()).toEqual([8, 4, 0]);
    expect((await walk({ limit: 2, callerId: 'odd', reference: 'T-3' })).flat()).toEqual([3]);
  });

  it('finds one of 200 cases by its reference, with one query (R31)', async () => {
    const requests = dynamoRequests(aws.dynamo, TABLES, { now: () => new Date() }, aFunction);
    const cases = Array.from({ length: 200 }, (_, n) =>
      aRequest({
        requestId: idOf(1000 + n),
        callerId: 'desk',
        reference: `HR-${n}`,
        createdAt: '2020-01-01T00:00:00.000Z',
        state: 'COMPLETED',
      }),
    );
    await Promise.all(cases.map((record) => requests.create(record)));
    const { asked, ...found } = await counted({ limit: 20, reference: 'HR-117' });
    expect([found.records.map(({ requestId }) => requestId), found.next, asked]).toEqual([[idOf(1117)], undefined, 1]);
    expect((await walk({ limit: 20, reference: 'HR-117', callerId: 'odd' })).flat()).toEqual([]);
    expect((await walk({ limit: 20, reference: 'HR-none' })).flat()).toEqual([]);

    await requests.noteEnded(idOf(1117), { handover: { at: '2020-01-02T00:00:00.000Z', to: 'person' } });
    expect((await walk({ limit: 20, reference: 'HR-117', isOpen: true })).flat()).toEqual([]);
    expect(
      (await walk({ limit: 20, reference: 'HR-118', isOpen: true, dueUntil: '2026-12-23T23:59:59.000Z' })).flat(),
    ).toEqual([1118]);
    expect((await walk({ limit: 20, reference: 'HR-118', dueUntil: '2026-12-22T23:59:59.000Z' })).flat()).toEqual([]);
  });

  it('asks the table seldom for a short page of a filtered list, and leaves none out', async () => {
    const { records, next, asked } = await counted({ limit: 1, states: ['RUNNING'] });
    expect([records.map(({ requestId }) => requestId), asked]).toEqual([[idOf(8)], 1]);
    expect(next).toBe(`${timeOf(8)}#${idOf(8)}`);
    expect(await walk({ limit: 1, states: ['RUNNING'] })).toEqual([[8], [4], [0]]);
  });

  it('shows a Request as it was written, without what the index needs', async () => {
    const { records } = await list.list({ callerId: 'odd', limit: 1 });
    expect(records[0]).toEqual(
      aRequest({ requestId: idOf(11), callerId: 'odd', createdAt: timeOf(11), state: 'COMPLETED' }),
    );
  });

  it('counts what has not ended since a time', async () => {
    expect(await list.countUnfinished('even', timeOf(0))).toBe(3);
    expect(await list.countUnfinished('even', timeOf(5))).toBe(1);
    expect(await list.countUnfinished('odd', timeOf(0))).toBe(0);
  });
});
