import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoAnchors } from '../../../../modules/proof/adapters/dynamo-anchors.ts';
import { type Anchors, nextAnchor } from '../../../../modules/proof/audit-anchors.ts';
import { dynamoRequests } from '../../../../modules/requests/adapters/dynamo-requests.ts';
import { digestOf } from '../../../../modules/requests/audit/trail.ts';
import type { Requests } from '../../../../modules/requests/store.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

const now = new Date('2026-11-23T09:00:00Z');
let aws: LocalAws;
let requests: Requests;
let anchors: Anchors;
beforeAll(async () => {
  aws = await startLocalAws();
  requests = dynamoRequests(aws.dynamo, TABLES, { now: () => now }, aFunction);
  anchors = dynamoAnchors(aws.dynamo, TABLES.requests);
});
afterAll(() => aws?.stop());

describe('dynamoAnchors (R27)', () => {
  it('tells the ends of trails that have grown, until they are anchored, and again when they grow', async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    for (const requestId of ids) await requests.create(aRequest({ requestId }));
    const grown = await anchors.grown(10);
    expect(grown.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
    expect(await anchors.grown(1)).toHaveLength(1);
    const [first, second] = grown;
    const [entry] = await requests.listEvents(first!.requestId);
    expect(first).toMatchObject({ seq: 1, head: digestOf(entry) });

    await requests.addEvent(second!.requestId, { what: 'link-minted' }); // after it was looked at
    for (const head of grown) await anchors.noteAnchored(head);
    expect(await anchors.grown(10)).toMatchObject([{ requestId: second!.requestId, seq: 2 }]);
    await requests.addEvent(first!.requestId, { what: 'link-minted' });
    expect(await anchors.grown(10)).toHaveLength(2);
    expect(await requests.get(first!.requestId)).not.toHaveProperty('unanchored');
  });

  it('keeps anchors in their order, each once, and pages through them', async () => {
    expect(await anchors.last()).toBeUndefined();
    const kept = [];
    for (let made = 0; made < 102; made += 1) {
      const heads = Array.from({ length: made === 0 ? 2000 : 1 }, () => ({
        requestId: crypto.randomUUID(),
        seq: 1,
        head: 'a'.repeat(64),
      }));
      const anchor = { ...nextAnchor(await anchors.last(), heads, now), stamp: 'c3RhbXA=' };
      expect(await anchors.put(anchor)).toBe(true);
      expect(await anchors.put(anchor)).toBe(false);
      kept.push(anchor);
    }
    expect(await anchors.last()).toEqual(kept.at(-1));

    const read = [];
    let pages = 0;
    for (let after: string | undefined = '1970-01-01T00:00:00.000Z'; after !== undefined; pages += 1) {
      const page = await anchors.list(after);
      read.push(...page.anchors);
      after = page.next;
    }
    expect(read).toEqual(kept);
    expect(pages).toBe(2);
    expect((await anchors.list(kept[100]!.at)).anchors).toEqual([kept[101]]);
  });
});
