import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendCall } from '../../client/send-call.ts';
import { signCalls } from '../../client/sign-calls.ts';
import { FUNCTIONS } from '../../functions/registry.ts';
import type { ExecutionRecord } from '../../local/aws/executions/execution.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { verifyArchive } from '../../modules/archive/verify-archive.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { likeAws, MACHINE_KEY } from '../support/like-aws.ts';
import { workersOf } from '../support/workers.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
/** The small form shows what `openapi.test.ts` does not, which runs under limits too. */
const [ENGINES, ROWS, RETRIEVALS, KILLS] = DEEP ? [200, 100, 2, 4] : [2, 20, 1, 1];
/** Maximum of one execution (decision 5). */
const MAX_EVENTS = 15_000;
const MEMORY_SHARE = 0.75;

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem({ engines: ENGINES, rows: ROWS, seed: 4, limits: likeAws() });
  for (const faults of [system.storeFaults, system.serviceFaults]) {
    let calls = 0;
    const random = () => (++calls % 100 === 0 ? 0 : 0.99);
    Object.assign(faults, { share: 0.5, kinds: ['throttle'], random }); // one call in a hundred is one too many
  }
}, 600_000);
afterAll(() => system?.stop());

/** A call of the API; one that is refused since too many functions run is made again. */
async function call(
  ...args: Parameters<typeof callApi> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Response> {
  for (;;) {
    const answer = await callApi(system, ...args);
    if (answer.status !== 503) return answer;
    await wait(200);
  }
}
async function start(body: object): Promise<string> {
  const answer = await call('POST', '/v1/requests', { body: { ...body, login: system.login } });
  const view = (await answer.json()) as RequestView;
  if (answer.status !== 202) throw new Error(JSON.stringify(view));
  return view.requestId;
}
async function ended(requestId: string): Promise<RequestView> {
  for (;;) {
    while (system.running().some(({ input }) => input.includes(requestId))) await wait(50);
    const view = (await (await call('GET', `/v1/requests/${requestId}`)).json()) as RequestView;
    if (isFinal(view.state)) return view;
    await wait(200);
  }
}
const eventsOf = (requestId: string): number[] =>
  (system.history() as ExecutionRecord[])
    .filter(({ input }) => input.includes(requestId))
    .map(({ eventsOnAws = 0 }) => eventsOnAws);

/** What no right covers. A role that may not list is not told that an object is missing: these two take a refusal for that (`isMissing`). */
const denied = () =>
  system.deniedCalls().filter(({ by, missing }) => !missing || !['prepare-engines', 'merge-parts'].includes(by));

describe(`${ENGINES} Engines with the limits of AWS, each function in a process as on Lambda (R22, R25, R26)`, () => {
  it(`makes ${RETRIEVALS} retrieval(s) at once while merges are killed: no Part is lost`, async () => {
    const subjects = system.users.slice(0, RETRIEVALS).map((name) => ({ kind: 'user', name }));
    const retrieval = { kind: 'retrieve', sources: ['engine', 'portal'] };
    const requestIds: string[] = [];
    for (const subject of subjects) requestIds.push(await start({ ...retrieval, subject }));
    const killed = new Set<number>();
    for (; killed.size < KILLS && system.running().length > 0; await wait(10)) {
      for (const pid of workersOf('merge-parts').filter((each) => !killed.has(each))) {
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
      }
    }
    expect(killed.size).toBeGreaterThanOrEqual(KILLS);
    for (const requestId of requestIds) {
      const { state, progress } = await ended(requestId);
      expect(state).toBe('COMPLETED');
      expect(progress.map((source) => source.state)).toEqual(progress.map(() => 'DONE'));
      const answer = await fetch((await call('GET', `/v1/requests/${requestId}/archive`)).headers.get('location')!);
      const archive = await verifyArchive(Readable.fromWeb(answer.body as never));
      expect(progress).toHaveLength(ENGINES + 1);
      expect(archive).toMatchObject({ complete: true, rows: progress.reduce((sum, { rows }) => sum + rows, 0) });
      expect(Math.max(...eventsOf(requestId))).toBeLessThan(MAX_EVENTS);
    }
    console.log(
      `${ENGINES} Engines, events ${requestIds.flatMap(eventsOf)}, ${system.throttledCalls()} calls throttled`,
    );
    expect(denied()).toEqual([]);
    expect(system.storeFaults.counts.throttle + system.serviceFaults.counts.throttle).toBeGreaterThan(0);
    if (DEEP) expect(system.throttledCalls()).toBeGreaterThan(0);
  }, 1_800_000);

  it('shows a machine that signs its calls its own requests alone, once the index has caught up (R19)', async () => {
    const credentials = { ...FAKE_CREDENTIALS, accessKeyId: MACHINE_KEY };
    const proof = await signCalls(new KMSClient({ region: REGION, credentials }));
    const list = async () => {
      const answer = await sendCall(system.apiUrl, proof, 'listRequests', {});
      return ((await answer.json()) as RequestsView).requests;
    };
    expect(await list()).toEqual([]);
    const subject = { kind: 'user', name: system.users[0]! } as const;
    const started = await sendCall(system.apiUrl, proof, 'startRequest', {
      body: { kind: 'retrieve', sources: ['portal'], subject, login: system.login },
      headers: { 'Idempotency-Key': 'machine-1' },
    });
    const { requestId } = (await started.json()) as RequestView;
    expect(started.status).toBe(202);
    await system.indexes!.catchUp();
    expect((await list()).map((each) => each.requestId)).toEqual([requestId]);
    await ended(requestId);
  }, 120_000);

  it('leaves every function a quarter of its memory', () => {
    const peaks = system.functionPeaks();
    console.log(`peak memory in MB: ${JSON.stringify(peaks)}`);

    expect(Object.keys(peaks)).toEqual(expect.arrayContaining(['query-engine', 'merge-parts']));
    for (const { name, memoryMb } of FUNCTIONS)
      expect([name, (peaks[name] ?? 0) < memoryMb * MEMORY_SHARE]).toEqual([name, true]);
  });
});
