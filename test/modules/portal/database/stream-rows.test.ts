import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../../local/portal-database/portal-database.ts';
import { openTransaction } from '../../../../modules/portal/database/connection.ts';
import { connectionOf, fewPeople } from '../../../support/portal.ts';

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 1, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

const open = (signal?: AbortSignal) =>
  openTransaction(connectionOf(server, 'read'), { statementSeconds: 60, lockSeconds: 5 }, signal);
const numbers = (count: number, pad = 0) =>
  `SELECT n::text, repeat('x', ${pad}) FROM generate_series(1, ${count}) AS n`;

describe('PortalTransaction.stream', () => {
  it('gives every row once and in order, whatever the number of batches, and can be asked again (R9)', async () => {
    const transaction = await open();
    const counts = [0, 1, 499, 500, 501, 1000, 25_000].map((count) => [count, 500] as const);
    for (const [count, size] of [[9, 2] as const, ...counts]) {
      const seen: string[] = [];
      for await (const rows of transaction.stream(numbers(count), [], size)) seen.push(...rows.map(([n]) => n!));
      expect(seen).toEqual(Array.from({ length: count }, (_, at) => String(at + 1)));
      expect((await transaction.query('SELECT 1::text')).rows).toEqual([['1']]);
    }
    await transaction.close();
  });

  it('lets the server wait for a slow reader instead of filling memory (docs/limits.md)', async () => {
    const [transaction, other] = [await open(), await open()];
    const waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'ClientWrite'";
    let read = 0;
    for await (const rows of transaction.stream(numbers(100_000, 2000), [], 500)) {
      if (read === 0) await expect.poll(async () => (await other.query(waiting)).rows).toEqual([['1']]);
      read += rows.length;
    }
    expect(read).toBe(100_000);
    await transaction.close();
    await other.close();
  });

  it('ends with the reason of an abort while a reader waits, and with our error for a refusal (R24)', async () => {
    const controller = new AbortController();
    const aborted = await open(controller.signal);
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const _rows of aborted.stream(`SELECT pg_sleep(30)::text`, [], 500));
    })();
    setTimeout(() => controller.abort(reason), 100);
    await expect(reading).rejects.toBe(reason);

    const refused = await open();
    const failing = (async () => {
      for await (const _rows of refused.stream(`SELECT (1 / (n - 900))::text FROM generate_series(1, 2000) n`, [], 2));
    })();
    await expect(failing).rejects.toMatchObject({ name: 'PortalDatabaseError', code: '22012' });
    await expect(refused.query('SELECT 1::text')).rejects.toMatchObject({ code: '25P02' });
    await refused.close();
  });
});
