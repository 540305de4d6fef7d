import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DeviceView } from '../../client/types.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RedirectionView } from '../../modules/engines/redirection.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { type Outcome, runGdpr } from '../cli/run-gdpr.ts';
import { callApi, ended } from '../support/api.ts';
import { everything } from '../support/everything.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { leaks } from '../support/search.ts';
import { changeSettings } from '../support/settings.ts';
import { openDesk } from '../support/ticket-desk.ts';

const DEVICE = 'WS-990';
const USER = 'kim.leo@CORP';
const people = {
  users: [{ name: USER, fullName: 'Kim Leo', devices: [DEVICE] }],
  devices: [{ name: DEVICE, engines: [1, 2, 3] }],
};
const HOUR_MS = 3_600_000;
const GONE =
  'The removal is done: every Engine was asked, and none shows the device any more to an account that sees every device.';

let system: LocalSystem;
let peer: PlainPeer;
let desk: Awaited<ReturnType<typeof openDesk>>;
let requestId: string;

beforeAll(async () => {
  [system, peer] = await Promise.all([startLocalSystem({ engines: 4, rows: 2000, seed: 5, people }), startPlainPeer()]);
  desk = await openDesk(system, peer, USER, 'retrieve');
  expect((await desk.send()).status).toBe(202);
  const first = await vi.waitFor(async () => {
    await system.invoke('process-tickets');
    const [found] = await listed();
    expect(found).toBeDefined();
    return found!;
  }, 30_000);
  await ended(system, first.requestId);
}, 120_000);
afterAll(async () => {
  await peer?.stop();
  await system?.stop();
});

const listed = async () =>
  ((await (await callApi(system, 'GET', `/v1/requests?reference=${desk.key}`)).json()) as { requests: RequestView[] })
    .requests;
const gdpr = (...args: string[]): Promise<Outcome> =>
  runGdpr([...args, '--api', system.apiUrl], {
    cwd: '/',
    env: { GDPR_TOKEN: system.token, GDPR_LOGIN: system.login.username, GDPR_PASSWORD: system.login.password },
  });
const view = async () => (await (await callApi(system, 'GET', `/v1/requests/${requestId}`)).json()) as RequestView;
const states = ({ removal }: RequestView) => removal!.engines.map(({ state }) => state);
const openSteps = (engines: readonly { readonly open: readonly string[] }[]) => engines.map(({ open }) => open);
const ALL = ['uninstall-collector', 'set-storage-to-remove', 'wait-24-hours'];
const check = async () => ((await system.invoke('check-removals')) as { payload: unknown }).payload;
/** Engines of the device, by their numbers. */
const on = (...numbers: number[]) => numbers.map((number) => system.simulator.engines[number - 1]!);

describe('the removal of a device (R28)', () => {
  it('shows where it is, who uses it and what is to be done, and stores nothing', async () => {
    for (const engine of on(1, 2, 3)) engine.editDevice(DEVICE, { storage_policy: 'all' });
    on(4)[0]!.setFault('html');
    const { code, stdout, stderr } = await gdpr('device', 'where', DEVICE, '--json');
    on(4)[0]!.setFault(undefined);
    const found = JSON.parse(stdout) as DeviceView;

    expect(code).toBe(3);
    expect(stderr).toContain('engine-4 could not be asked (EngineAnswerError): it may hold the device');
    expect(found.engines.map(({ state }) => state)).toEqual(['HELD', 'HELD', 'HELD', 'UNKNOWN']);
    expect(found.engines[0]!.devices[0]).toMatchObject({
      name: DEVICE,
      meant: true,
      lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      storagePolicy: 'all',
      users: [USER],
    });
    expect(openSteps(found.engines)).toEqual([ALL, ALL, ALL, []]);
    expect(await listed()).toHaveLength(1);
  });

  it('is kept with the case, on its ticket and deadline, and names nobody in what is stored (R24, R31)', async () => {
    const { code, stdout } = await gdpr('device', 'where', DEVICE, '--reference', desk.key);
    const [removal, retrieval] = await listed();
    requestId = removal!.requestId;

    expect([code, stdout]).toEqual([0, expect.stringContaining(`Kept with request ${requestId}`)]);
    expect(stdout).toContain(
      `2. In the Finder, with administrative rights, edit the device: Storage = remove. Open: engine-1,`,
    );
    expect(removal).toMatchObject({ kind: 'remove', state: 'AWAITING_REMOVAL', needs: 'removal' });
    expect([removal!.ticket, removal!.dueAt]).toEqual([retrieval!.ticket, retrieval!.dueAt]);
    expect(states(await view())).toEqual(['HELD', 'HELD', 'HELD', 'ABSENT']);
    expect((await view()).removal!.nextCheckAt).toBeDefined();
    const { requests, sealed, log, executions } = await everything(system);
    expect(leaks({ requests: requests!, sealed: sealed!, log: log!, executions: executions! }, [DEVICE, USER])).toEqual(
      [],
    );
    const again = await gdpr('device', 'where', DEVICE, '--reference', desk.key);
    expect(again.stderr).toContain('No request was started: there is already an open removal of this device');
    expect(await listed()).toHaveLength(2);
  });

  it('waits for the settings, and says where nothing checks by itself', async () => {
    expect(await check()).toEqual({ checked: 0, due: 0 });
    await changeSettings(system, { removal: { everyHours: 0 }, serviceAccount: undefined });
    expect(await check()).toEqual({ checked: 0, due: 1 });
    await changeSettings(system, { serviceAccount: { secretId: 'service-account/gdpr' } });
  });

  it('follows what the Engines show: a step is done when they show it', async () => {
    const [first, second, third] = on(1, 2, 3);
    first!.removeDevice(DEVICE);
    second!.removeDevice(DEVICE);
    third!.editDevice(DEVICE, { storage_policy: 'remove', last_seen: Date.now() - 30 * HOUR_MS });

    expect(await check()).toEqual({ checked: 1, due: 1 });
    const after = await view();
    expect([after.state, states(after)]).toEqual(['AWAITING_REMOVAL', ['ABSENT', 'ABSENT', 'HELD', 'ABSENT']]);
    expect(openSteps(after.removal!.engines)).toEqual([[], [], ['wait-24-hours'], []]);
    expect(after.removal!.engines.map(({ heldAt }) => heldAt !== undefined)).toEqual([true, true, true, false]);
    expect(await gdpr('device', 'gone', DEVICE)).toMatchObject({ code: 4 });
  });

  it('tells the certificate of an anonymization that its name stays sealed, and that clear names arrive (R17, R29)', async () => {
    const [, , , fourth] = on(1, 2, 3, 4);
    fourth!.changeArrival('hashed');
    const { code, stdout } = await gdpr('redirection', '--json');
    const { engines } = JSON.parse(stdout) as RedirectionView;
    const devices = engines.map(({ arriving }) => arriving.find(({ names }) => names === 'devices')!.now);
    expect([code, devices]).toEqual([1, ['clear', 'clear', 'clear', 'hashed']]);
    const subject = { kind: 'device', name: DEVICE };
    const body = { kind: 'anonymize', subject, irreversible: true, login: system.login };
    const started = (await (await callApi(system, 'POST', '/v1/requests', { body })).json()) as RequestView;
    expect((await ended(system, started.requestId)).state).toBe('COMPLETED');

    const answer = await callApi(system, 'GET', `/v1/requests/${started.requestId}/certificate`);
    const { retained } = ((await answer.json()) as SignedCertificate).certificate;
    expect(retained.find(({ store }) => store === 'engine-traffic')).toMatchObject({
      why: expect.stringMatching(/^clear names of devices still arrived on \d{4}-\d\d-\d\d$/),
      places: ['engine-1', 'engine-2', 'engine-3'],
    });
    expect(retained.find(({ store }) => store === 'own-removal')?.until).toMatch(/^\d{4}-\d\d-\d\d$/);
  }, 60_000);

  it('takes no Engine for one without the device while it cannot be asked', async () => {
    const [third] = on(3);
    third!.removeDevice(DEVICE);
    third!.setFault('html');

    expect(await check()).toEqual({ checked: 1, due: 1 });
    expect(states(await view())).toEqual(['ABSENT', 'ABSENT', 'UNKNOWN', 'ABSENT']);
    third!.setFault(undefined);
  });

  it('ends when no Engine shows it any more to an account that sees every device, and tells the ticket', async () => {
    expect(await check()).toEqual({ checked: 1, due: 1 });
    expect(await view()).toMatchObject({ state: 'AWAITING_REMOVAL', removal: { accountScope: 'unverified' } });
    const unseen = await gdpr('device', 'gone', DEVICE);
    expect([unseen.code, unseen.stderr]).toEqual([
      3,
      expect.stringContaining('the view of the account may be restricted'),
    ]);
    expect(unseen.stdout).not.toContain('gone');
    await changeSettings(system, { accountScope: 'attested' });
    expect(await check()).toEqual({ checked: 1, due: 1 });
    expect(await view()).toMatchObject({ state: 'COMPLETED', needs: 'handover' });
    await expect.poll(async () => (await desk.told()).at(-1), { timeout: 30_000 }).toEqual([GONE, true]);
    expect(JSON.stringify([desk.comments.taken, peer.asked])).not.toContain(DEVICE);
    const trail = (await (await callApi(system, 'GET', `/v1/requests/${requestId}/events`)).json()) as EventsView;
    expect(trail.events.map(({ what }) => what)).toEqual([
      'requested',
      'removal-checked',
      'removal-checked',
      'removal-checked',
      'removal-checked',
      'completed',
    ]);
    expect(trail.events.at(2)!.counts).toEqual({ held: 1, unknown: 0 });
    expect((await everything(system)).sealed).not.toContain(`${requestId}","sk":"SUBJECT`);
    expect(await check()).toEqual({ checked: 0, due: 0 });
    const gone = await gdpr('device', 'gone', DEVICE);
    expect([gone.code, gone.stderr]).toEqual([0, expect.stringContaining('No open removal has this name.')]);
  });
});
