import { setImmediate as turn } from 'node:timers/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { PortalDatabaseUnavailableError } from '../../../modules/portal/errors.ts';
import type { PortalDatabase, PortalRows } from '../../../modules/portal/ports.ts';
import { queryPortal } from '../../../modules/portal/query-portal.ts';
import { RequestCancelledError } from '../../../modules/requests/errors.ts';
import type { Requests } from '../../../modules/requests/store.ts';
import { parseCsv } from '../../support/csv.ts';
import { aFrame, aRequest, memoryParts, memoryRequests, memoryVault } from '../../support/fakes.ts';

const { requestId } = aRequest();
const NOTES = { file: 'notes', columns: ['day', 'note'] };
const USERS = { file: 'users', columns: ['name', 'sid'] };

type Rows = (string | null)[][];

async function* inBatches(rows: Rows, size: number): AsyncGenerator<Rows> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

async function aPortalRequest(files: PortalRows[], { cancelRequested = false, formulaSwitch = true } = {}) {
  const parts = memoryParts();
  await parts.putFrame(requestId, 1, aFrame({ formulaSwitch }));
  const vault = memoryVault();
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  const requests = memoryRequests(aRequest({ state: 'RUNNING', cancelRequested }));
  let asked = 0;
  const portalDatabase: PortalDatabase = {
    async *readSubject(subject) {
      expect(subject).toEqual({ kind: 'user', name: 'jdoe' });
      asked += 1;
      yield* files;
    },
  };
  let seconds = 0;
  const clock = {
    now() {
      seconds += 1;
      return new Date(seconds * 1000);
    },
  };
  const ports = { requests, vault, portalDatabase, parts, clock, deflateLevel: 6 };
  return { ports, run: () => queryPortal({ requestId, attempt: 1 }, ports), asked: () => asked };
}

describe('queryPortal', () => {
  it('is never silent for 3 s while the database takes a minute for a file (R6)', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: 0 });
    try {
      const slow = async function* () {
        yield [['2026-03-01', 'a']];
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        yield [['2026-03-02', 'b']];
      };
      const { ports } = await aPortalRequest([{ ...NOTES, batches: slow() }]);
      const reports: { at: number; phase: unknown; rows: number }[] = [];
      const requests: Requests = {
        ...ports.requests,
        async putProgress(id, progress) {
          reports.push({ at: Date.now(), phase: progress.phase, rows: progress.rows });
          await ports.requests.putProgress(id, progress);
        },
      };
      let isOver = false;
      const run = queryPortal({ requestId, attempt: 1 }, { ...ports, requests, clock: { now: () => new Date() } });
      void run.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        await vi.advanceTimersByTimeAsync(50);
        await turn();
      }

      const silences = reports.map(({ at }, i) => at - (reports[i - 1]?.at ?? 0));
      expect(Math.max(...silences)).toBeLessThan(3000);
      expect(reports.length).toBeGreaterThan(20);
      expect([...new Set(reports.map(({ phase }) => phase))]).toEqual(['PREPARING', 'QUERYING', 'WRITING', undefined]);
      expect(reports.some(({ phase, rows }) => phase === 'QUERYING' && rows === 1)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('stores each file as fragments that inflate to its CSV rows (R9)', async () => {
    const notes: Rows = Array.from({ length: 1200 }, (_, at) => [`2026-03-0${1 + (at % 3)}`, `"${at}",\r\n=x`]);
    const { ports, run } = await aPortalRequest([
      { ...NOTES, batches: inBatches(notes, 500) },
      { ...USERS, batches: inBatches([['jdoe', null]], 500) },
    ]);

    expect(await run()).toEqual({});

    const [index, ...more] = await ports.parts.listIndexes(requestId, 1, 'portal');
    expect(more).toEqual([]);
    expect(index).toMatchObject({ sourceId: 'portal', sourceName: 'portal', seq: 0, next: null, subjects: 1 });
    expect(index!.fragments.map(({ file, columns, rows }) => ({ file, columns, rows }))).toEqual([
      { file: 'portal/notes.csv', columns: ['day', 'note'], rows: 1200 },
      { file: 'portal/users.csv', columns: ['name', 'sid'], rows: 1 },
    ]);
    const texts = index!.fragments.map((fragment) => {
      const bytes = ports.parts.objects.get(fragment.partKey)!;
      const own = bytes.subarray(fragment.offset, fragment.offset + fragment.deflateBytes);
      expect(own.subarray(-4).toString('hex')).toBe('0000ffff');
      const raw = inflateRawSync(own, { finishFlush: 2 });
      expect([raw.length, crc32(raw)]).toEqual([fragment.rawBytes, fragment.crc32]);
      return raw.toString();
    });
    expect(parseCsv(texts[0]!)).toEqual(notes);
    expect(texts[1]).toBe('jdoe,\r\n');
    expect(index!.fragments[0]!.rowsPerDay).toEqual({ '2026-03-01': 400, '2026-03-02': 400, '2026-03-03': 400 });
    expect(await ports.requests.listProgress(requestId)).toMatchObject([{ state: 'DONE', rows: 1201 }]);
  });

  it('keeps the header of a file without rows, and says that nothing was found (R9, R12)', async () => {
    const { ports, run } = await aPortalRequest([{ ...USERS, batches: inBatches([], 1) }]);

    await run();

    const [index] = await ports.parts.listIndexes(requestId, 1);
    expect(index!.subjects).toBe(0);
    expect(index!.fragments).toMatchObject([
      { file: 'portal/users.csv', columns: ['name', 'sid'], rows: 0, deflateBytes: 0, rawBytes: 0 },
    ]);
    expect(await ports.requests.listProgress(requestId)).toMatchObject([{ state: 'EMPTY', rows: 0 }]);
  });

  it.each([
    [true, "'=1+1"],
    [false, '=1+1'],
  ])('neutralizes formulas when the plan says so: %s (R9)', async (formulaSwitch, cell) => {
    const { ports, run } = await aPortalRequest([{ ...USERS, batches: inBatches([['=1+1', 's']], 1) }], {
      formulaSwitch,
    });

    await run();

    const [index] = await ports.parts.listIndexes(requestId, 1);
    const stored = ports.parts.objects.get(index!.fragments[0]!.partKey)!;
    expect(inflateRawSync(stored, { finishFlush: 2 }).toString()).toBe(`${cell},s\r\n`);
  });

  it('counts a row on a day of the calendar alone, whatever the column holds (R12)', async () => {
    const odd = [
      'infinity',
      '-infinity',
      '2026-11-01 00:00:00',
      '0044-03-15 BC',
      '10000-01-01',
      '2026-02-30',
      '',
      null,
    ];
    const rows: Rows = [...odd, '9999-12-31', '2026-11-01'].map((day) => [day, 'x']);
    const { ports, run } = await aPortalRequest([{ ...NOTES, batches: inBatches(rows, 3) }]);

    await run();

    const [index] = await ports.parts.listIndexes(requestId, 1);
    expect(index!.fragments[0]!.rows).toBe(10);
    expect(index!.fragments[0]!.rowsPerDay).toEqual({ '9999-12-31': 1, '2026-11-01': 1 });
  });

  it('cuts a long file into fragments, so that memory stays flat (R9)', async () => {
    const rows: Rows = Array.from({ length: 24 }, (_, at) => ['2026-03-01', String(at).repeat(500_000)]);
    const { ports, run } = await aPortalRequest([{ ...NOTES, batches: inBatches(rows, 1) }]);

    await run();

    const [index] = await ports.parts.listIndexes(requestId, 1);
    expect(index!.fragments.length).toBeGreaterThan(1);
    expect(index!.fragments.reduce((sum, fragment) => sum + fragment.rows, 0)).toBe(24);
  });

  it('commits nothing of a Request that was cancelled meanwhile, and leaves nothing behind (R7)', async () => {
    async function* cancelledMidway(): AsyncGenerator<Rows> {
      yield [['jdoe', 's']];
      await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
      yield [['jdoe', 's']];
    }
    const { ports, run } = await aPortalRequest([{ ...USERS, batches: cancelledMidway() }]);

    await expect(run()).rejects.toThrow(RequestCancelledError);

    expect(ports.parts.objects.size).toBe(0);
    expect(await ports.parts.listIndexes(requestId, 1)).toEqual([]);
  });

  it('commits nothing for an attempt that a rerun has followed meanwhile (decision 23)', async () => {
    async function* rerunMidway(): AsyncGenerator<Rows> {
      yield [['jdoe', 's']];
      await ports.requests.note(requestId, { attempt: 2 });
      yield [['jdoe', 's']];
    }
    const { ports, run } = await aPortalRequest([{ ...USERS, batches: rerunMidway() }]);

    await expect(run()).rejects.toThrow(RequestCancelledError);

    expect(ports.parts.objects.size).toBe(0);
  });

  it('commits nothing when the database breaks off (R12)', async () => {
    async function* breaksOff(): AsyncGenerator<Rows> {
      yield [['jdoe', 's']];
      throw new PortalDatabaseUnavailableError();
    }
    const { ports, run } = await aPortalRequest([{ ...USERS, batches: breaksOff() }]);

    await expect(run()).rejects.toThrow(PortalDatabaseUnavailableError);
    expect(await ports.parts.listIndexes(requestId, 1)).toEqual([]);
  });

  it('does nothing when the attempt has its Portal data already', async () => {
    const { ports, run, asked } = await aPortalRequest([{ ...USERS, batches: inBatches([['jdoe', 's']], 1) }]);
    await run();

    await run();

    expect(asked()).toBe(1);
    expect(await ports.requests.listProgress(requestId)).toMatchObject([{ state: 'DONE', rows: 1 }]);
  });
});
