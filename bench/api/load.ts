import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { median } from '../harness.ts';
import type { Line, Report, Results } from '../report.ts';
import { startEmptyRoute } from './empty-route.ts';
import { type Profile, profileOf } from './profile.ts';

const CALLERS = 50;

/** Numbers of calls. Each start is a retrieval. */
const FULL = { reads: 2000, starts: 100, profiled: { reads: 400, starts: 40 } };
const QUICK = { reads: 500, starts: 50, profiled: { reads: 100, starts: 10 } };

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Two routes of the local system under parallel callers, beside a route whose function does nothing. */
export async function benchLoad(results: Results, scale = results.isQuick ? QUICK : FULL): Promise<void> {
  const { reads, starts, profiled } = scale;
  const system = await startLocalSystem({ engines: 1, rows: 20, byClock: true });
  const empty = await startEmptyRoute();
  try {
    const start: Call = { method: 'POST', path: '/v1/requests', body: startBody(system) };
    const requestId = await completed(system, start);
    const read: Call = { method: 'GET', path: `/v1/requests/${requestId}` };
    const nothing: Call = { method: 'GET', path: '/nothing' };
    const loads = [
      () => under('nothing', empty.url, empty.token, nothing, reads),
      () => under('GET /v1/requests/{id}', system.apiUrl, system.token, read, reads),
      () => under('POST /v1/requests', system.apiUrl, system.token, start, starts),
    ];
    const measured: Measured[] = [];
    for (const load of loads) {
      measured.push(await load());
      results.progress('api-load', reportOf(measured, []));
    }
    const profiles = [
      await profileOf(system, 'GET /v1/requests/{requestId}', profiled.reads, { requestId }),
      await profileOf(system, 'POST /v1/requests', profiled.starts, { body: start.body! }),
    ];
    results.publish('api-load', reportOf(measured, profiles));
  } finally {
    await empty.stop();
    await system.stop();
  }
}

interface Measured {
  readonly line: Line;
  readonly milliseconds: readonly number[];
}

const reportOf = (measured: readonly Measured[], profiles: readonly Profile[]): Report => ({
  title: `HTTP API on one machine, ${CALLERS} parallel callers`,
  table: measured.map(({ line }) => line),
  bars: [],
  needsFullSize: false,
  notes: [
    'Gateway, stores, simulators, callers and up to 16 function processes share the machine; POST also starts its',
    'retrieval of Portal data, which runs meanwhile. `nothing`: same gateway and processes, a function that does nothing.',
    ...profiles.map(wordsOf),
  ],
  data: { calls: measured.map(({ milliseconds }) => milliseconds), profiles },
});

const startBody = ({ users, login }: LocalSystem) => ({
  kind: 'retrieve',
  sources: ['portal'],
  login,
  subject: { kind: 'user', name: users[0] },
});

/** A request that has ended, after the processes of its functions have warmed up. */
async function completed({ apiUrl, token }: LocalSystem, { method, path, body }: Call): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const send = (at: string, init: RequestInit, more = {}) =>
    fetch(apiUrl + at, { ...init, headers: { ...headers, ...more } });
  const started = await send(path, { method, body: JSON.stringify(body) }, { 'idempotency-key': randomUUID() });
  const { requestId } = (await started.json()) as RequestView;
  for (;;) {
    const answer = await send(`/v1/requests/${requestId}`, {}, { prefer: 'wait=20' });
    const { state } = (await answer.json()) as RequestView;
    if (state === 'COMPLETED') return requestId;
    if (state === 'FAILED' || !answer.ok) throw new Error(`the request is ${state}`);
  }
}

/** Sends `count` calls, at most `CALLERS` at once. @throws a call was refused */
async function under(
  what: string,
  url: string,
  token: string,
  { method, path, body }: Call,
  count: number,
): Promise<Measured> {
  const pool = new Pool(url, { connections: CALLERS, headersTimeout: 120_000 });
  const milliseconds: number[] = [];
  const caller = async (calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      const before = performance.now();
      const answer = await pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      await answer.body.dump();
      if (answer.statusCode >= 300) throw new Error(`${what} answered ${answer.statusCode}`);
      milliseconds.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, () => caller(1))); // starts the processes
  milliseconds.length = 0;
  const before = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, () => caller(Math.ceil(count / CALLERS))));
  const seconds = (performance.now() - before) / 1000;
  await pool.close();
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
  const line = {
    route: what,
    calls: sorted.length,
    'per second': Math.round((sorted.length / seconds) * 10) / 10,
    'p50 ms': Math.round(median(sorted)),
    'p99 ms': Math.round(p99),
  };
  return { line, milliseconds: sorted.map((each) => Math.round(each)) };
}

const wordsOf = ({ name, cpuMs, shares }: Profile): string =>
  `${name}: ${cpuMs.toFixed(1)} ms of CPU a call in a warm process, one call at a time, of it ${Object.entries(shares)
    .map(([owner, share]) => `${owner} ${(share * 100).toFixed(0)} %`)
    .join(', ')}.`;
