import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SCHEDULES } from '../../../functions/registry.ts';
import { startClockWork } from '../../../local/aws/clock-work.ts';
import { rotateLog } from '../../../local/aws/log-rotation.ts';
import { removeExpired } from '../../../local/aws/time-to-live.ts';
import { TABLES } from '../../../local/environment.ts';
import { type LocalAws, startLocalAws } from '../../support/aws.ts';

let folder: string;
let aws: LocalAws;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upkeep-'));
  aws = await startLocalAws();
});
afterAll(async () => {
  await aws?.stop();
  await rm(folder, { recursive: true });
});

describe('what one machine does by the clock', () => {
  it('calls each schedule at its minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: new Date('2026-11-30T08:00:30Z') });
    const called: string[] = [];
    const clock = startClockWork({
      schedules: Object.values(SCHEDULES),
      invoke: async (name) => void called.push(name),
      tablesUrl: aws.tablesUrl,
      tables: [],
      logFile: join(folder, 'none'),
      forgetOld: () => {},
    });
    try {
      await vi.advanceTimersByTimeAsync(60 * 60_000);
    } finally {
      await clock.stop();
      vi.useRealTimers();
    }

    const counted = Object.values(SCHEDULES).map(({ name }) => [name, called.filter((each) => each === name).length]);
    expect(counted).toEqual(Object.values(SCHEDULES).map(({ name, everyMinutes }) => [name, 60 / everyMinutes]));
  });

  it('is on where people start a system: `npm start`, and commands with `--local`', async () => {
    for (const file of ['main.ts', 'private-system.ts'])
      expect([file, await readFile(join(import.meta.dirname, '../../../local', file), 'utf8')]).toEqual([
        file,
        expect.stringContaining('byClock: true'),
      ]);
  });

  it('keeps the newest lines of a log that has grown too long, and leaves a short one alone', async () => {
    const file = join(folder, 'functions.log');
    await writeFile(file, Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(''));
    rotateLog(file, 1_000_000);
    expect((await readFile(file, 'utf8')).length).toBeGreaterThan(8000);
    rotateLog(file, 4000);
    expect(await readFile(file, 'utf8')).toBe('');
    const old = await readFile(`${file}.old`, 'utf8');
    expect(old).toMatch(/^line \d+\n(line \d+\n)*line 999\n$/);
    expect(old.length).toBeLessThanOrEqual(2000);
    rotateLog(join(folder, 'none'), 1);
  });

  it('removes items whose time is past, and no others', async () => {
    const documents = DynamoDBDocumentClient.from(aws.dynamo);
    const put = (pk: string, facts: object) =>
      documents.send(new PutCommand({ TableName: TABLES.sealed, Item: { pk, sk: 'LOGIN', ...facts } }));
    await Promise.all([put('past', { expiresAt: 1000 }), put('later', { expiresAt: 3000 }), put('ever', {})]);
    const { hostname, port, protocol } = await aws.dynamo.config.endpoint!();
    await removeExpired(`${protocol}//${hostname}:${port}`, [TABLES.sealed], 2_000_000);
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLES.sealed }));
    expect(Items.map(({ pk }) => pk).sort()).toEqual(['ever', 'later']);
  });
});
