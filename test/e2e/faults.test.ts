import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Manifest } from '../../modules/archive/manifest.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { untar } from '../support/archive.ts';
import { clientOf } from '../support/clients.ts';
import { gdpr } from '../support/command.ts';

let system: LocalSystem;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-faults-'));
  const kinds = ['unauthorized', 'slow', '', 'bad-cert', 'html', 'disconnected', 'down'];
  const faults = kinds.flatMap((kind, i) => (kind === '' ? [] : [`engine-${i + 1}=${kind}`]));
  system = await startLocalSystem({ engines: 7, rows: 300, faults, engineTimeoutSeconds: 2 });
});

afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a retrieval with Engines that fail', () => {
  it('delivers the others, names each missing Engine with its reason, and exits 3 (R5, R11, R12)', async () => {
    const out = join(folder, 'x.tar.gz');
    const { code, stdout } = await gdpr(system, 'retrieve', '--user', system.users[0]!, '--out', out, '--json');
    const view = JSON.parse(stdout) as RequestView;

    expect(code).toBe(3);
    expect(view.state).toBe('COMPLETED_WITH_ERRORS');
    const states = Object.fromEntries(
      view.progress.map(({ name, state, reason }) => [name, `${state} ${reason ?? ''}`]),
    );
    expect(states).toEqual({
      'engine-1': 'AUTH_FAILED EngineAuthError',
      'engine-2': 'TIMED_OUT EngineTimeoutError',
      'engine-3': 'DONE ',
      'engine-4': 'TLS_FAILED EngineTlsError',
      'engine-5': 'FAILED EngineAnswerError',
      'engine-6': 'UNREACHABLE EngineNotConnectedError',
      'engine-7': 'UNREACHABLE EngineUnavailableError',
      portal: 'DONE ',
    });
    const files = await untar(await readFile(out));
    const manifest = JSON.parse(files['manifest.json']!) as Manifest;
    expect(manifest.complete).toBe(false);
    expect(
      Object.fromEntries(manifest.sources.map(({ name, state, reason }) => [name, `${state} ${reason ?? ''}`])),
    ).toEqual(states);
    expect(files['engines/executions.csv']!.split('\r\n').length).toBeGreaterThan(2);
  }, 120_000);

  it('asks no Engine that refused the login a second time once the Request runs (decision 26)', () => {
    const refusing = system.simulator.engines.find(({ name }) => name === 'engine-1')!;
    expect(refusing.traffic.refusedLogins).toBe(4); // look-up of the name: check and query; start: check; then one in the run
  });

  it.each([
    ['while an Engine hangs', ({ progress }: RequestView) => progress.some(({ state }) => state === 'DONE')],
    ['while it is being opened', ({ state }: RequestView) => state === 'RUNNING'],
    ['at once', () => true],
  ])(
    'leaves nothing behind, and nothing running, when it is cancelled %s (R7)',
    async (_when, reached) => {
      const call = async (method: string, path: string, body?: object) => {
        const answer = await callApi(system, method, path, { body });
        return { status: answer.status, body: (await answer.json()) as RequestView };
      };
      const subject = { kind: 'user', name: system.users[0] };
      const { login } = system;
      const begun = await call('POST', '/v1/requests', {
        kind: 'retrieve',
        subject,
        sources: ['engine', 'portal'],
        login,
      });
      const path = `/v1/requests/${begun.body.requestId}`;
      const until = async (done: (view: RequestView) => boolean): Promise<RequestView> => {
        for (;;) {
          const { body } = await call('GET', path);
          if (done(body)) return body;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      await until(reached);

      expect((await call('POST', `${path}/cancel`)).status).toBe(202);
      const end = await until(({ state }) => state !== 'CANCELLING');

      expect(end.state).toBe('CANCELLED');
      expect((await call('POST', `${path}/links`)).status).toBe(409);
      expect((await call('POST', `${path}/cancel`)).status).toBe(409);
      const s3 = new S3Client(clientOf(system, 'S3'));
      await new Promise((resolve) => setTimeout(resolve, 4_000)); // a worker that was running when the Request ended
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
      expect(Contents.map(({ Key }) => Key).filter((key) => key!.includes(begun.body.requestId))).toEqual([]);
      const { body } = await call('GET', path);
      expect(body.progress.filter(({ state }) => state === 'RUNNING' || state === 'PENDING')).toEqual([]);
    },
    60_000,
  );
});
