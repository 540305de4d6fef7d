import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../local/simulator/servers/faults.ts';
import { basic } from './support.ts';

const start = (...args: string[]) => spawn(process.execPath, ['local/simulator/main.ts', ...args]);

describe('simulate', () => {
  it('prints one line of JSON, serves until SIGTERM and leaves nothing behind (R26)', async () => {
    const child = start('--engines', '2', '--rows', '100', '--seed', '3', '--fault', 'engine-2=down');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const line = (await lines.next()).value as string;
    const told = JSON.parse(line) as { engines: { id: string; url: string }[]; portal: { url: string }; ca: string };

    expect(Object.keys(told)).toEqual(['engines', 'portal', 'login', 'users', 'devices', 'ca']);
    expect(told.engines).toHaveLength(2);
    expect(readFileSync(told.ca, 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/);
    child.kill('SIGTERM');

    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await lines.next()).done).toBe(true);
    expect(existsSync(told.ca)).toBe(false);
  });

  it('takes each switch', async () => {
    const child = start(
      ...'--engines 1 --rows 0 --insecure-http --crlf --bom --names insensitive --dynamic-header plain'.split(' '),
      ...'--quoting raw --between start --untyped refuse --wheres or --cap 3 --cap-refuses --default-format csv'.split(
        ' ',
      ),
      ...'--unframed --updates --ancient --delay 1 --now 2026-11-23T10:00:00Z'.split(' '),
    );
    const line = (await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value as string;
    const { engines, login } = JSON.parse(line) as {
      engines: { url: string }[];
      login: { username: string; password: string };
    };
    const query = encodeURIComponent('(select (name #Category) (from user (where user (eq name (string JMEYER');
    const authorization = basic(login);
    const reply = await fetch(`${engines[0]!.url}/2/query?query=${query}`, { headers: { authorization } });

    expect(reply.headers.get('transfer-encoding') ?? reply.headers.get('content-length')).toBeNull();
    expect(Buffer.from(await reply.arrayBuffer()).toString()).toMatch(/^\uFEFFname\tCategory\r\njmeyer\t.*\r\n$/);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('explains itself and every fault', async () => {
    const child = start('--help');
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });

    expect(await once(child, 'close')).toEqual([0, null]);
    for (const kind of FAULT_KINDS) expect(text).toMatch(new RegExp(`^  ${kind}(\\[:N\\])? `, 'm'));
  });

  it.each([
    [['--engines', 'many'], /engines: give a whole number/],
    [['--engines', '0'], /engines: give a whole number from 1/],
    [['--fault', 'engine-1=tired'], /ENGINE=KIND, where KIND is one of/],
    [['--colour'], /--colour/],
    [['--names', 'some'], /names: give sensitive or insensitive/],
    [['--now', 'soon'], /now: give a time/],
    [['--cap', '0'], /cap: give a whole number from 1/],
    [['extra'], /extra/],
  ])('ends with 2 and says what to change for %j (R23)', async (args, message) => {
    const child = start(...args);
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });

    expect(await once(child, 'close')).toEqual([2, null]);
    expect(text).toMatch(message);
    expect(text).toContain('usage: simulate');
  });
});
