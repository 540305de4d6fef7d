import { describe, expect, it } from 'vitest';
import { EngineUnavailableError } from '../../../modules/engines/errors.ts';
import type { Leases } from '../../../modules/engines/leases.ts';
import type { EngineApi } from '../../../modules/engines/ports.ts';
import { queryEngine } from '../../../modules/engines/query-engine.ts';
import { RequestCancelledError } from '../../../modules/requests/errors.ts';
import {
  aFrame,
  anEngine,
  aRequest,
  memoryHeaders,
  memoryLeases,
  memoryParts,
  memoryRequests,
  memoryVault,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';

const engine = anEngine('engine-1');
const { engineId } = engine;
const { requestId } = aRequest();

async function setup({
  leases = memoryLeases() as Leases,
  cancelRequested = false,
  engineApi = scriptedEngine(() => 'id\tname\n') as EngineApi,
} = {}) {
  const parts = memoryParts();
  const vault = memoryVault();
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  await vault.seal(requestId, 'login', { username: 'op', password: 'secret' }, new Date());
  await parts.putFrame(requestId, 1, aFrame({ engines: [engine] }));
  const ports = {
    requests: memoryRequests(aRequest({ state: 'RUNNING', cancelRequested })),
    vault,
    parts,
    engineApi,
    headers: memoryHeaders(),
    leases,
    log: silentLog,
    clock: { now: () => new Date('2026-11-23T12:00:00Z') },
    limits: { daysBack: 30, rowLimit: 10, confirmRows: 5, deflateLevel: 6 },
  };
  const ask = (outcome = {}) => queryEngine({ requestId, attempt: 1, engineId, outcome }, ports, () => true);
  const indexes = () => parts.listIndexes(requestId, 1);
  return { ask, indexes, vault };
}

describe('queryEngine: one asker per Engine across all Requests (decision 5)', () => {
  it('queries no Engine that another has leased, and comes again when told to', async () => {
    const leases = memoryLeases();
    leases.held.set(engineId, 99);
    const engineApi = scriptedEngine(() => 'id\tname\n');
    const { ask, indexes } = await setup({ leases, engineApi });
    expect(await ask()).toEqual({ more: true, waitSeconds: 7, pauses: 1 });
    expect(engineApi.asked).toEqual([]);
    expect(await indexes()).toEqual([]);
    leases.held.clear();
    expect(await ask()).toEqual({ more: false });
  });

  it('waits longer the more often it has waited, whatever it waits for (decision 5)', async () => {
    const leases = memoryLeases();
    leases.held.set(engineId, 99);
    const { ask } = await setup({ leases });
    expect(await ask({ pauses: 50 })).toEqual({ more: true, waitSeconds: 47, pauses: 51 });
    leases.held.clear();
    const resting = await setup({ engineApi: scriptedEngine(() => new EngineUnavailableError(engineId, {}, 40)) });
    expect(await resting.ask({ pauses: 50 })).toMatchObject({ waitSeconds: 47, pauses: 51 });
  });

  it('does not go on waiting for a Request that was cancelled', async () => {
    const leases = memoryLeases();
    leases.held.set(engineId, 99);
    const left: string[] = [];
    const leave = async (...place: string[]) => void left.push(place.join(' '));
    const { ask } = await setup({ leases: { ...leases, leave }, cancelRequested: true });
    await expect(ask()).rejects.toThrow(RequestCancelledError);
    expect(left).toEqual([`${engineId} ${requestId}/1`]); // its place would keep an idle Engine from others
  });

  it('gives the Engine back, however it ends', async () => {
    const leases = memoryLeases();
    await (await setup({ leases })).ask();
    expect(leases.held.size).toBe(0);
    const broken = await setup({
      leases,
      engineApi: scriptedEngine(() => {
        expect(leases.held.size).toBe(1);
        return new Error('broken');
      }),
    });
    await expect(broken.ask()).rejects.toThrow('broken');
    expect(leases.held.size).toBe(0);
  });

  it('commits nothing once another has taken over, and leaves that one its turn', async () => {
    const leases = memoryLeases();
    const engineApi = scriptedEngine(() => {
      leases.held.set(engineId, 99); // as after a pause longer than the lease
      return 'id\tname\n';
    });
    const { ask, indexes } = await setup({ leases, engineApi });
    expect(await ask()).toEqual({ more: true, waitSeconds: 5, pauses: 1 });
    expect(await indexes()).toEqual([]);
    expect(leases.held.get(engineId)).toBe(99);
  });
});

describe('queryEngine: sign of life of its run (decision 26)', () => {
  it('keeps the login alive for 20 minutes with each call, and once more before it is to be called again', async () => {
    const leases = memoryLeases();
    const { ask, vault } = await setup({ leases });
    const kept: string[] = [];
    vault.prolong = async (id, purpose, until) =>
      void kept.push(`${id === requestId} ${purpose} ${until.toISOString()}`);
    leases.held.set(engineId, 99);
    await ask();
    const once = 'true login 2026-11-23T12:20:00.000Z';
    expect(kept).toEqual([once, once]);
    leases.held.clear();
    await ask();
    expect(kept).toHaveLength(3);
  });
});

describe('queryEngine: an Engine that asks for a rest', () => {
  const resting = (seconds: number | undefined) =>
    scriptedEngine(() => new EngineUnavailableError(engineId, {}, seconds));

  it('is called again after that rest, which is bounded, and has no lease meanwhile', async () => {
    const leases = memoryLeases();
    const { ask } = await setup({ leases, engineApi: resting(120) });
    expect(await ask()).toEqual({ more: true, waitSeconds: 120, pauses: 1, rests: 1 });
    const second = { more: true, waitSeconds: 120, pauses: 2, rests: 2 };
    expect(await ask({ rests: 1, pauses: 1 })).toEqual(second);
    expect(leases.held.size).toBe(0);
    const long = await setup({ engineApi: resting(86_400) });
    expect(await long.ask()).toMatchObject({ waitSeconds: 900 });
  });

  it('is missing after the fourth rest in a row, and at once when it did not say how long (R12)', async () => {
    const { ask } = await setup({ engineApi: resting(120) });
    await expect(ask({ rests: 4 })).rejects.toThrow(EngineUnavailableError);
    const silent = await setup({ engineApi: resting(undefined) });
    await expect(silent.ask()).rejects.toThrow(EngineUnavailableError);
  });

  it('is not waited for by a Request that was cancelled', async () => {
    const { ask } = await setup({ engineApi: resting(120), cancelRequested: true });
    await expect(ask()).rejects.toThrow(RequestCancelledError);
  });
});
