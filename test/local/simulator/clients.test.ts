import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { rawRows } from '../../../local/simulator/world/raw-rows.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'clients-'));
const ca = join(folder, 'ca.pem');
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ engines: 3, rows: 4000, faults: ['engine-2=disconnected'] });
  writeFileSync(ca, simulator.caPem);
});
afterAll(async () => {
  await simulator.stop();
  rmSync(folder, { recursive: true });
});

const python = async (script: string, ...args: string[]): Promise<unknown> => {
  const { stdout } = await run('python3', [join(import.meta.dirname, 'clients', script), ...args]);
  return JSON.parse(stdout);
};
const rowsOf = (index: number, table: string) => [...rawRows(simulator.world.engines[index]!, table, 'windows')];
const read = (style: string, query: string) =>
  python('read_answer.py', simulator.engines[0]!.url, simulator.login.username, simulator.login.password, style, query);

describe('clients that others wrote (R10)', () => {
  it('a Python client merges the JSON of all connected Engines, whose certificates it checks (R11)', async () => {
    const ports = JSON.stringify(Object.fromEntries(simulator.engines.map(({ name, port }) => [name, port])));
    const { username, password } = simulator.login;
    const query = 'select (name id ip_addresses bios_serial_number) (from device)';

    const rows = await python('all_engines.py', simulator.portal.url, ca, username, password, ports, query);

    const expected = [0, 2].flatMap((index) =>
      rowsOf(index, 'device').map(({ id, cells }) => ({
        engine: `engine-${index + 1}`,
        name: cells.name,
        id,
        ip_addresses: cells.ip_addresses!.split(','),
        bios_serial_number: cells.bios_serial_number === '-' ? null : cells.bios_serial_number,
      })),
    );
    expect(rows).toEqual(expected);
  });

  it('a reader of tab-separated text finds every cell as it is, quotes and line ends among them', async () => {
    const rows = await read('csv', '(select (id info type) (from execution_error (between now-91d now)) (limit 10000)');

    const expected = rowsOf(0, 'execution_error').map(({ cells: { id, info, type } }) => ({ id, info, type }));
    expect(rows).toEqual(expected);
  });

  it('a reader of XML finds header and cells by their paths', async () => {
    const rows = await read('xml', '(select (name upn full_name #"Cost center") (from user))');

    const expected = rowsOf(0, 'user').map(({ cells: { name, upn, full_name }, dynamic }) => ({
      name,
      upn,
      full_name,
      '#Cost center': dynamic['Cost center'],
    }));
    expect(rows).toEqual(expected);
    const awkward = await read('xml', '(select (info) (from execution_error (between now-91d now)) (limit 10000))');
    expect(awkward).toEqual(rowsOf(0, 'execution_error').map(({ cells: { info } }) => ({ info })));
  });

  it.each([
    ['(select notavalidfieldname (from user)(limit 1))', 'user has no field notavalidfieldname', 'full_name'],
    ['(select #* (from device)(limit 1))', 'device has no dynamic field of this name', '#score:Digital Experience/CPU'],
    [
      '(select * (from device (with execution (compute notavalidfield)(between midnight-1d midnight)))',
      'there is no aggregate notavalidfield',
      'number_of_users',
    ],
    ['(select (id) (from devise))', 'there is no table devise', 'device'],
  ])('a client learns names from the error page of %s', async (query, message, option) => {
    const page = (await read('error', query)) as { status: number; message: string; options: string[] };

    expect(page).toMatchObject({ status: 400, message });
    expect(page.options).toContain(option);
  });

  it('curl posts a form, or posts with everything in the query string, and reads the editor page', async () => {
    const [{ url }, { username, password }] = [simulator.engines[0]!, simulator.login];
    const curl = async (...args: string[]) =>
      (await run('curl', ['-sS', '--cacert', ca, '-u', `${username}:${password}`, ...args])).stdout;
    const query = '(select (name) (from user (where user (eq name (string %1))';
    const asked = new URLSearchParams({ query, format: 'csv', p1: 'jmeyer' });

    const posted = await curl('--data-urlencode', `query=${query}`, '-d', 'format=csv&p1=jmeyer', `${url}/2/query`);
    const inQuery = await curl('-X', 'POST', `${url}/2/query?${asked}`);
    const gotten = await curl(
      '-G',
      '--data-urlencode',
      `query=${query}`,
      '-d',
      'format=csv&p1=jmeyer',
      `${url}/2/query`,
    );

    expect([posted, inQuery, gotten]).toEqual(Array(3).fill('name\njmeyer\n'));
    expect(
      await curl('-o', '/dev/null', '-w', '%{http_code} %{content_type}', `${url}/2/editor/nxql_editor.html`),
    ).toBe('200 text/html; charset=utf-8');
  });

  it('curl without certificate over plain http, with readable numbers', async () => {
    const plain = await startSimulator({ engines: 1, rows: 0, insecureHttp: true });
    try {
      const { username, password } = plain.login;
      const query =
        '(select (total_ram total_drive_usage) (from device (where device (eq name (string LT-101)))) (limit 1))';
      const args = [
        '-sS',
        '-u',
        `${username}:${password}`,
        '-G',
        '--data-urlencode',
        `query=${query}`,
        '-d',
        'hr=true',
      ];
      const human = await run('curl', [...args, '-d', 'format=csv', `${plain.engines[0]!.url}/2/query`]);
      const json = await run('curl', [...args, '-d', 'format=json', `${plain.engines[0]!.url}/2/query`]);

      expect(human.stdout).toMatch(/^total_ram\ttotal_drive_usage\n\d+ GB\t[\d.]+ %\n$/);
      expect(JSON.parse(json.stdout)).toEqual([
        { total_ram: expect.any(Number), total_drive_usage: expect.any(Number) },
      ]);
    } finally {
      await plain.stop();
    }
  });
});
