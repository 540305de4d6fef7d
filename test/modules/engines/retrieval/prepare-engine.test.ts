import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  EngineAnswerError,
  EngineAuthError,
  EngineQueryRejectedError,
  EngineUnavailableError,
} from '../../../../modules/engines/errors.ts';
import type { EngineQuery } from '../../../../modules/engines/ports.ts';
import { prepareEach } from '../../../../modules/engines/prepare-engines.ts';
import type { EngineClient } from '../../../../modules/engines/retrieval/engine-client.ts';
import type { Engine } from '../../../../modules/requests/source.ts';
import {
  anEngine,
  aRequest,
  memoryHeaders,
  memoryLeases,
  memoryRequests,
  scriptedEngine,
  silentLog,
  trustedLook,
} from '../../../support/fakes.ts';

type Answer = (query: EngineQuery, engine: Engine) => string | Error;

/** Engines whose columns tell the table, the platform and the dynamic fields. */
const columns: Answer = ({ statement, platform }) => {
  if (statement.includes('#""')) return new EngineQueryRejectedError('e', 'f', [`on ${platform}`]);
  const fields = [...statement.matchAll(/#"([^"]+)"/g)].map(([, name]) => name);
  const [, table] = /\(from \(?(\w+)/.exec(statement)!;
  return `${['id', `${table}/${platform}`, ...fields].join('\t')}\n`;
};

function setup(engines: readonly Engine[], { answer = columns, checksLogin = true, headers = memoryHeaders() } = {}) {
  const asked: { readonly engine: string; readonly statement: string }[] = [];
  const busy = new Map<string, number>();
  let mostAtOnce = 0;
  const leases = memoryLeases();
  const engineApi: ReturnType<typeof scriptedEngine> = {
    asked: [],
    look: async () => trustedLook,
    async query(engine, login, query, signal) {
      asked.push({ engine: engine.name, statement: query.statement });
      busy.set(engine.name, (busy.get(engine.name) ?? 0) + 1);
      mostAtOnce = Math.max(mostAtOnce, ...busy.values());
      await sleep(1);
      busy.set(engine.name, busy.get(engine.name)! - 1);
      return scriptedEngine((given) => answer(given, engine)).query(engine, login, query, signal);
    },
  };
  const portalApi = { checksLogin, listEngines: async () => [...engines] };
  const clock = { now: () => new Date('2026-11-23T08:00:00Z') };
  const requests = memoryRequests(aRequest());
  const ports = { engineApi, portalApi, leases, headers, requests, clock, log: silentLog, pause: async () => {} };
  return {
    asked,
    leases,
    mostAtOnce: () => mostAtOnce,
    prepare: <Found>(lookUp: (client: EngineClient) => Promise<Found>, facts: Parameters<typeof aRequest>[0] = {}) =>
      prepareEach(
        aRequest(facts),
        engines,
        { username: 'u', password: 'p' },
        lookUp,
        ports,
        new AbortController().signal,
      ),
  };
}

const nothing = async () => {};
const four = ['a', 'b', 'c', 'd'].map((name) => anEngine(name));

describe('prepareEach', () => {
  it('spreads the questions over all Engines, one at a time each, and agrees what one Engine alone would tell (decision 11)', async () => {
    const alone = setup([four[0]!]);
    const spread = setup(four);

    const [one, all] = [await alone.prepare(nothing), await spread.prepare(nothing)];

    expect(all.files).toEqual(one.files);
    expect(all.files.find(({ file }) => file === 'engines/user.csv')?.columns).toEqual([
      'engine',
      'platform',
      'id',
      'user/windows',
      'on windows',
      'name',
      'user/mac_os',
      'on mac_os',
    ]);
    expect(spread.mostAtOnce()).toBe(1);
    expect(spread.asked).toHaveLength(alone.asked.length);
    const shares = four.map(({ name }) => spread.asked.filter(({ engine }) => engine === name).length);
    expect(Math.min(...shares)).toBeGreaterThan(2);
    expect(spread.leases.held.size).toBe(0);
  });

  it('asks another Engine what one does not answer, and the one that is away nothing more', async () => {
    const odd: Answer = (query, engine) => {
      if (engine.name === 'a') return new EngineUnavailableError('a');
      return engine.name === 'b' && query.file === 'engines/executions.csv'
        ? new EngineAnswerError('b', 'a web page')
        : columns(query, engine);
    };
    const system = setup(four, { answer: odd });

    const { files } = await system.prepare(nothing);

    expect(files).toEqual((await setup(four).prepare(nothing)).files);
    expect(system.asked.filter(({ engine }) => engine === 'a').length).toBeLessThan(4);
  });

  it('leaves out the file that no Engine lists, and keeps the others', async () => {
    const odd: Answer = (query, engine) =>
      query.file === 'engines/executions.csv' ? new EngineAnswerError('b', 'a web page') : columns(query, engine);
    const { files } = await setup(four, { answer: odd }).prepare(nothing);

    const all = (await setup(four).prepare(nothing)).files;
    expect(files).toEqual(all.filter(({ file }) => file !== 'engines/executions.csv'));
  });

  it('asks the Engines of one version for columns, and every Engine for the name', async () => {
    const engines = [anEngine('old', { version: '6.29' }), ...four];
    const system = setup(engines);

    const { found } = await system.prepare(async ({ engine }) => `seen on ${engine.name}`);

    expect(system.asked.map(({ engine }) => engine)).not.toContain('old');
    expect([...found.values()].sort()).toEqual(engines.map(({ name }) => `seen on ${name}`).sort());
  });

  it('does not wait for a busy Engine when the others have told the columns, and asks it nothing (decision 5)', async () => {
    const system = setup(four);
    system.leases.held.set('a-uid', 99);

    const { found, files } = await system.prepare(async () => 1);

    expect([...found.keys()].sort()).toEqual(['b-uid', 'c-uid', 'd-uid']);
    expect(system.asked.map(({ engine }) => engine)).not.toContain('a');
    expect(files).toEqual((await setup(four).prepare(nothing)).files);
  });

  it('names the Engines that refuse the account, and looks no name up twice', async () => {
    const system = setup(four);
    const lookedUp: string[] = [];
    const { refusing } = await system.prepare(async ({ engine }) => {
      lookedUp.push(engine.name);
      if (engine.name === 'b') throw new EngineAuthError('b');
    });

    expect(refusing.map(({ name }) => name)).toEqual(['b']);
    expect(lookedUp.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('asks only for the dynamic fields when an earlier Request has kept the columns of this version (decision 11)', async () => {
    const headers = memoryHeaders();
    const first = await setup(four, { headers }).prepare(nothing);
    const later = setup(four, { headers });

    const second = await later.prepare(nothing);

    expect(second.files).toEqual(first.files);
    expect(later.asked.map(({ statement }) => statement.includes('#""'))).toEqual([true, true]);
  });

  it('asks for the columns of the object again when its dynamic fields have changed, and keeps those', async () => {
    const headers = memoryHeaders();
    await setup(four, { headers }).prepare(nothing);
    const changed: Answer = (query, engine) =>
      query.statement.includes('#""') && query.platform === 'windows'
        ? new EngineQueryRejectedError('e', 'f', ['on windows', 'new'])
        : columns(query, engine);
    const later = setup(four, { headers, answer: changed });

    const { files } = await later.prepare(nothing);

    expect(files.find(({ file }) => file === 'engines/user.csv')?.columns).toContain('new');
    expect(
      later.asked.every(({ statement }) => statement.includes('from user)') || statement.includes('from user ')),
    ).toBe(true);
    expect(headers.kept.get('user 6.30.1')?.listed.windows).toEqual(['on windows', 'new']);
  });

  it('does not believe kept columns that cannot be those of the table', async () => {
    const headers = memoryHeaders();
    const honest = await setup(four, { headers }).prepare(nothing);
    const [[key, kept]] = [...headers.kept] as [[string, NonNullable<ReturnType<typeof headers.kept.get>>]];
    headers.kept.set(key, { ...kept, columns: { ...kept.columns, 'engines/executions.csv': { windows: ['<html>'] } } });

    expect((await setup(four, { headers }).prepare(nothing)).files).toEqual(honest.files);
  });

  it('keeps nothing when an answer is missing', async () => {
    const headers = memoryHeaders();
    const odd: Answer = (query, engine) =>
      query.file === 'engines/executions.csv' ? new EngineAnswerError('b', 'a web page') : columns(query, engine);
    await setup(four, { answer: odd, headers }).prepare(nothing);

    expect(headers.kept.size).toBe(0);
  });

  it('sends a login that nobody has accepted to one Engine only (decision 26)', async () => {
    const system = setup(four, { answer: () => new EngineAuthError('a'), checksLogin: false });

    await expect(system.prepare(nothing, { accountPrivacy: 'unverified' })).rejects.toThrow(EngineAuthError);

    expect(system.asked).toHaveLength(1);
  });
});
