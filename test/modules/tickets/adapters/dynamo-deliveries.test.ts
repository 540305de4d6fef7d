import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoDeliveries } from '../../../../modules/tickets/adapters/dynamo-deliveries.ts';
import type { Deliveries, TicketDelivery } from '../../../../modules/tickets/deliveries.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

let aws: LocalAws;
let deliveries: Deliveries;
beforeAll(async () => {
  aws = await startLocalAws();
  deliveries = dynamoDeliveries(aws.dynamo, TABLES.requests);
});
afterAll(() => aws?.stop());

const at = (minutes: number) => new Date(Date.parse('2026-11-24T09:00:00Z') + minutes * 60_000);
const delivery = (deliveryId: string) => ({
  connectionId: 'desk',
  deliveryId,
  ticketKey: 'GDPR-7',
  receivedAt: at(0).toISOString(),
});
const due = async (minutes: number, id: string): Promise<TicketDelivery[]> => {
  const found: TicketDelivery[] = [];
  for await (const each of deliveries.due(at(minutes))) if (each.deliveryId === id) found.push(each);
  return found;
};

describe('dynamoDeliveries', () => {
  it('accepts a delivery once, and shows it until it is done', async () => {
    expect(await deliveries.accept(delivery('a'))).toBe(true);
    expect(await deliveries.accept(delivery('a'))).toBe(false);
    expect(await due(0, 'a')).toEqual([{ ...delivery('a'), tries: 0 }]);
    const [found] = await due(0, 'a');
    expect(await deliveries.claim(found!, at(5))).toBe(true);
    expect(await due(4, 'a')).toEqual([]);
    const [again] = await due(5, 'a'); // who took it up has died
    expect(again).toMatchObject({ tries: 1 });
    await deliveries.done(again!, 'started');
    expect(await due(9999, 'a')).toEqual([]);
    expect(await deliveries.accept(delivery('a'))).toBe(false);
  });

  it('lets one of two take it up, and no late one change it', async () => {
    await deliveries.accept(delivery('b'));
    const [found] = await due(0, 'b');
    const taken = await Promise.all([deliveries.claim(found!, at(5)), deliveries.claim(found!, at(5))]);
    expect(taken.toSorted()).toEqual([false, true]);
    await deliveries.done(found!, 'started');
    await deliveries.postpone({ ...found!, tries: 1 }, at(60));
    expect(await due(59, 'b')).toEqual([]);
    expect(await due(60, 'b')).toHaveLength(1);
  });

  it('gives an approved ticket one Request, to one at a time; another approval has another', async () => {
    const approved = { connectionId: 'desk', key: 'GDPR-7', approvalId: '1' };
    const first = { requestId: 'first', deliveryId: 'a' };
    const other = { requestId: 'second', deliveryId: 'b' };
    expect(await deliveries.startOf(approved, first, at(0), at(5))).toEqual({ ...first, starts: 1 });
    expect(await deliveries.startOf(approved, other, at(4), at(9))).toBeUndefined();
    expect(await deliveries.startOf(approved, other, at(6), at(11))).toEqual({ ...first, starts: 1 });
    for (const elsewhere of [{ approvalId: '2' }, { connectionId: 'other' }])
      expect(await deliveries.startOf({ ...approved, ...elsewhere }, other, at(6), at(11))).toMatchObject(other);
    expect(await deliveries.replaceRequest(approved, { ...other, starts: 1 }, 'third')).toBe(false);
    expect(await deliveries.replaceRequest(approved, { ...first, starts: 1 }, 'third')).toBe(true);
    expect(await deliveries.replaceRequest(approved, { ...first, starts: 1 }, 'fourth')).toBe(false);
    const third = { requestId: 'third', deliveryId: 'a', starts: 2 };
    expect(await deliveries.startOf(approved, other, at(12), at(17))).toEqual(third);
    expect(await deliveries.replaceRequest({ ...approved, approvalId: 'none' }, third, 'fifth')).toBe(false);
  });
});
