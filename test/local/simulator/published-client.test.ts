import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { type EngineRun, runEngines } from '../../support/engine-run.ts';
import { basic } from './support.ts';

// The form of the requests is that of multi-engine-query-p3 (docs/simulator.md): what it sent was read off, and none of it is here.
const AS_THE_CLIENT = { 'User-Agent': 'python-requests/2.34.2', 'Accept-Encoding': 'gzip, deflate' };
const SAME = { engines: 3, rows: 2000, now: new Date('2026-11-23T12:00:00Z'), faults: ['engine-3=disconnected'] };

let shared: Simulator;
let run: EngineRun;

beforeAll(async () => {
  const apart = await startSimulator(SAME);
  shared = await startSimulator({ ...SAME, onePort: true });
  try {
    run = await runEngines(apart, { subject: { kind: 'user', name: 'jmeyer' }, now: () => SAME.now });
  } finally {
    await apart.stop();
  }
});
afterAll(() => shared.stop());

/** Its GET: one session's headers, no check of the certificate. @param path as it is, with its own encoding */
const get = async (host: string, path: string) => {
  const { port } = new URL(shared.portal.url);
  const headers = {
    Host: `${host}:${port}`,
    ...AS_THE_CLIENT,
    Accept: 'application/json',
    Connection: 'keep-alive',
    Authorization: basic(shared.login),
  };
  return await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false });
    call.once('response', async (answer) => resolve({ status: answer.statusCode!, body: await text(answer) }));
    call.once('error', reject).end();
  });
};

/** Blanks, `#` and quotes are encoded, parentheses are not; platforms come first, then the query, then the format. */
const pathOf = (query: string): string => {
  const encoded = query.replace(/\s+/g, '%20').replaceAll('#', '%23').replaceAll('"', '%22');
  return `/2/query?platform=windows&platform=mac_os&query=${encoded}&format=json`;
};

/** Lists the Engines, leaves out those that are not connected, and queries each one. */
async function queryAll(query: string): Promise<Record<string, string | number | null>[]> {
  const listed = JSON.parse((await get('portal.simulator.test', '/api/configuration/v1/engines')).body) as {
    status: string;
    address: string;
  }[];
  const rows: Record<string, string | number | null>[] = [];
  for (const { address } of listed.filter(({ status }) => status === 'CONNECTED')) {
    const { status, body } = await get(address, pathOf(query));
    expect(status).toBe(200);
    rows.push(...(JSON.parse(body) as typeof rows));
  }
  return rows;
}

/** Cells of these columns in each row, sorted. JSON says `null` where other formats have `-`. */
const cellsOf = (
  rows: readonly Readonly<Record<string, string | number | null>>[],
  columns: readonly string[],
): string[] => rows.map((row) => columns.map((column) => String(row[column] ?? '-')).join(' | ')).sort();

it.each([
  ['executions', 'execution', ['execution/id', 'execution/start_time', 'execution/cardinality', 'user/name']],
  ['web_requests', 'web_request', ['web_request/id', 'web_request/start_time', 'web_request/http_status', 'user/id']],
])('a published Python client finds the rows of %s that the retrieval finds (R10)', async (file, event, columns) => {
  const fieldsOf = (table: string) =>
    columns.filter((column) => column.startsWith(`${table}/`)).map((column) => column.split('/')[1]);

  const theirs = await queryAll(
    `(select ((${event} (${fieldsOf(event).join(' ')})) (user (${fieldsOf('user').join(' ')}))) ` +
      `(from (${event} user) (where user (eq name (string "jmeyer"))) (between midnight-120d now)) (limit 10000))`,
  );

  const ours = run.rows.get(file)!;
  expect(ours.length).toBeGreaterThan(300);
  expect(cellsOf(theirs, columns)).toEqual(cellsOf(ours, columns));
});

it('it finds dynamic fields by their quoted names, and one row of a user whom two platforms know', async () => {
  const theirs = await queryAll(
    '(select (id name sid full_name #"Cost center") (from user (where user (eq name (string "jmeyer")))))',
  );

  const columns = ['id', 'name', 'sid', 'full_name'];
  expect(cellsOf(theirs, columns)).toEqual([...new Set(cellsOf(run.rows.get('user')!, columns))]);
  const cost = run.rows.get('user_dynamic_fields')!.filter(({ field }) => field === 'Cost center');
  expect(new Set(theirs.map((row) => row['#Cost center'] ?? '-'))).toEqual(new Set(cost.map(({ value }) => value)));
});

it('answers the same by a form of `query`, `format` and `hr`, and with values in `p1` (R10)', async () => {
  const asked = '(select (id name) (from user (where user (eq name (string %1)))))';
  const form = new URLSearchParams({ query: asked, format: 'json', hr: 'false', p1: '"jmeyer"' });

  const { status, body } = await get('engine-1.simulator.test', `/2/query?${form}`);

  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual([{ id: expect.anything(), name: 'jmeyer' }]);
});
