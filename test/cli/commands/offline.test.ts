import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nextEntry } from '../../../modules/requests/audit/trail.ts';
import { runGdpr } from '../run-gdpr.ts';
import { REQUEST_ID } from '../scripted-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'offline-'));
afterAll(() => rmSync(folder, { recursive: true }));

const gdpr = (...args: string[]) => runGdpr(args, { cwd: folder });
function stored(name: string, value: unknown): string {
  writeFileSync(
    join(folder, name),
    typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  );
  return name;
}

const fact = { requestId: REQUEST_ID, at: '2026-11-02T10:00:00.000Z', by: { id: 'x', role: 'person' } } as const;
const first = nextEntry(undefined, { ...fact, what: 'requested', state: 'QUEUED', attempt: 1 });
const second = nextEntry(first, { ...fact, what: 'started', state: 'RUNNING', attempt: 1 });
const trail = stored('trail.json', { requestId: REQUEST_ID, events: [first, second] });
const forged = stored('forged.json', { requestId: REQUEST_ID, events: [{ ...first, attempt: 2 }, second] });

describe('gdpr audit verify FILE', () => {
  it('needs no network, and tells by its exit code (R27)', async () => {
    const good = await gdpr('audit', 'verify', trail, '--json');
    const bad = await gdpr('audit', 'verify', forged);

    expect(good.code).toBe(0);
    const { head, ...figures } = JSON.parse(good.stdout);
    expect(figures).toEqual({ requestId: REQUEST_ID, sound: true, faults: [], unchecked: [], entries: 2, anchors: 0 });
    expect(bad).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^not good: entry 2 does not follow/),
    });
    expect((await gdpr('audit', 'verify', trail, '--head', head)).stdout).toContain('good: request');
    expect(await gdpr('audit', 'verify', trail, '--head', 'f'.repeat(64))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entries were cut off'),
    });
  });

  it.each([
    ['neither a request nor --all', [], 'Give ID, FILE or --all'],
    ['both', ['--all', trail], 'Give ID, FILE or --all'],
    ['no trail', [stored('no.json', 'null')], 'FILE is not the output of `gdpr events ID --json`'],
    ['a trail without entries', [stored('odd.json', { events: 3 })], 'FILE is not the output of'],
    [
      'time stamps of a file',
      [trail, '--stamps', 'x'],
      '--stamps and --tsa-ca need ID or --all: a file holds no time stamps',
    ],
  ])('refuses %s', async (_what, args, message) => {
    expect(await gdpr('audit', 'verify', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});

describe('gdpr portal', () => {
  it('leaves no empty folder behind a discovery that has failed', async () => {
    expect((await gdpr('portal', 'discover', '--out', 'proposal')).code).toBe(2);
    expect(existsSync(join(folder, 'proposal'))).toBe(false);
  });

  it.each([
    [['discover'], 'No database: give --portal-url'],
    [['rehearse', '--user', 'jdoe'], 'No database: give --portal-url'],
    [['rehearse'], '--user'],
    [['rehearse', '--user', 'jdoe', '--rows', 'all'], '--rows must be a whole number'],
    [['discover', '--portal-url', 'https://host/portal'], '--portal-url must look like postgresql://role@host:5432'],
    [
      ['check', '--portal-url', 'postgresql://gdpr_read:s3cret@127.0.0.1:1/portal'],
      '--portal-url must be without a password: use PGPASSWORD',
    ],
    [['check', '--portal-url', 'postgresql://gdpr_read@127.0.0.1:1/portal'], 'There is no password'],
    [['discover', '--out', '.'], '--out must name a new folder (EEXIST)'],
    [['check', '--mapping', 'nowhere.json'], '--mapping cannot be read (ENOENT)'],
    [['check', '--mapping', stored('text.json', '{')], '--mapping is not JSON'],
    [['check', '--mapping', stored('latin1.json', Buffer.from('"\u00e9"', 'latin1'))], '--mapping is not UTF-8'],
    [['check', '--mapping', stored('other.json', { version: 'x' })], '--mapping is not a mapping: '],
  ])('%j exits 2', async (args, message) => {
    const outcome = await gdpr('portal', ...args);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(outcome.stderr).not.toContain('s3cret');
  });
});
