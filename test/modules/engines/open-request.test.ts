import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Pause } from '../../../modules/common/ports.ts';
import {
  EngineQueryRejectedError,
  EngineUnavailableError,
  NoFederatedEngineError,
} from '../../../modules/engines/errors.ts';
import { queriedColumns } from '../../../modules/engines/nxql.ts';
import { openRequest } from '../../../modules/engines/open-request.ts';
import { prepareEngines } from '../../../modules/engines/prepare-engines.ts';
import { WrongStateError } from '../../../modules/requests/errors.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import type { Engine } from '../../../modules/requests/source.ts';
import {
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

const { requestId } = aRequest();

async function setup(facts: Partial<RequestRecord>, listed: Engine[], answer = (): string | Error => 'id\tname\n') {
  const requests = memoryRequests(aRequest(facts));
  const vault = memoryVault();
  await vault.seal(requestId, 'login', { username: 'u', password: 'p' }, new Date());
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  const parts = memoryParts();
  const engineApi = scriptedEngine((query) =>
    query.statement.includes('#""') ? new EngineQueryRejectedError('e', query.file) : answer(),
  );
  const ports = {
    requests,
    vault,
    parts,
    engineApi,
    headers: memoryHeaders(),
    leases: memoryLeases(),
    pause: async () => {},
    portalApi: { checksLogin: true, listEngines: async () => listed },
    clock: { now: () => new Date('2026-11-23T08:00:00Z') },
    log: silentLog,
    federation: undefined as readonly string[] | undefined,
    neutralizeFormulas: true,
  };
  const open = (more = {}) => openRequest({ requestId, attempt: 1 }, { ...ports, ...more });
  return {
    ...ports,
    open,
    openAndPrepare: async (more: { readonly pause?: Pause } = {}, signal?: AbortSignal) => {
      const { engineIds } = await open();
      return prepareEngines({ requestId, attempt: 1, engineIds }, { ...ports, ...more }, signal);
    },
  };
}

describe('openRequest and prepareEngines', () => {
  it('asks connected Engines; one that is not stays named as missing (R5)', async () => {
    const away = anEngine('away', { status: 'DISCONNECTED' });
    const broken = anEngine('broken', { status: 'BROKEN', broken: ['address'] });
    const system = await setup({}, [anEngine('here'), away, broken]);
    expect(await system.open()).toEqual({ engineIds: ['here-uid'], portal: false });
    const progress = await system.requests.listProgress(requestId);
    expect(progress.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['here', 'PENDING', undefined],
      ['away', 'UNREACHABLE', 'EngineNotConnectedError'],
      ['broken', 'UNREACHABLE', 'EngineEntryError'],
    ]);
  });

  it('takes the configured federation, and never drops an Engine that is not listed (R5)', async () => {
    const system = await setup({}, [anEngine('a'), anEngine('b')]);
    expect(await system.open({ federation: ['b', 'gone'] })).toMatchObject({ engineIds: ['b-uid'] });
    expect(await system.parts.getFrame(requestId, 1)).toMatchObject({ federation: 'configured' });
    expect(await system.requests.listProgress(requestId)).toContainEqual(
      expect.objectContaining({ name: 'gone', state: 'UNREACHABLE' }),
    );
  });

  it('agrees headers with the first Engine that answers (decision 11)', async () => {
    let calls = 0;
    const system = await setup({}, [anEngine('a'), anEngine('b')], () =>
      calls++ === 0 ? new EngineUnavailableError('a') : 'id\tname\n',
    );
    await system.openAndPrepare();
    const { files } = await system.parts.getFrame(requestId, 1);
    expect(files.find(({ file }) => file === 'engines/user.csv')?.columns).toEqual([
      'engine',
      'platform',
      'id',
      'name',
    ]);
  });

  it('asks no Engine for headers that another Request has, and ends the waiting when it is cancelled (decision 5, R7)', async () => {
    const system = await setup({}, [anEngine('a'), anEngine('b')]);
    for (const id of ['a-uid', 'b-uid']) system.leases.held.set(id, 99);
    expect(await system.openAndPrepare()).toEqual(['a-uid', 'b-uid']);
    expect(system.engineApi.asked).toEqual([]);
    const { files } = await system.parts.getFrame(requestId, 1);
    expect(files.map(({ file }) => file)).not.toContain('engines/user.csv');

    const cancelled = AbortSignal.abort(new Error('cancelled'));
    const pause = async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted();
    await expect(system.openAndPrepare({ pause }, cancelled)).rejects.toThrow('cancelled');
  });

  it('agrees dynamic fields of every platform (decision 11)', async () => {
    const system = await setup({}, [anEngine('a')]);
    system.engineApi.query = async (_engine, _login, { statement, platform }) => {
      if (statement.includes('#""')) throw new EngineQueryRejectedError('a', 'x', [`on ${platform}`]);
      const columns = queriedColumns(statement).map((column) => column.replace('*', 'id').replace('#', ''));
      return Readable.from([Buffer.from(`${columns.join('\t')}\n`)], { objectMode: false });
    };
    await system.openAndPrepare();
    const { files } = await system.parts.getFrame(requestId, 1);
    const { columns } = files.find(({ file }) => file === 'engines/user.csv')!;
    expect(columns).toEqual(['engine', 'platform', 'id', 'name', 'on windows', 'on mac_os']);
  });

  it('asks no Engine when Portal data alone was asked for (R2)', async () => {
    const system = await setup({ sources: ['portal'] }, [anEngine('a')]);
    expect(await system.open()).toEqual({ engineIds: [], portal: true });
    expect(system.engineApi.asked).toEqual([]);
  });

  it('says so when there is no Engine at all', async () => {
    const system = await setup({}, []);
    await expect(system.open()).rejects.toThrow(NoFederatedEngineError);
  });

  it('does not open a Request that is being cancelled (R7)', async () => {
    const system = await setup({ state: 'CANCELLING' }, [anEngine('a')]);
    await expect(system.open()).rejects.toThrow(WrongStateError);
  });
});
