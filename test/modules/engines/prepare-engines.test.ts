import { describe, expect, it } from 'vitest';
import { EngineQueryRejectedError } from '../../../modules/engines/errors.ts';
import type { EngineQuery } from '../../../modules/engines/ports.ts';
import { prepareEngines } from '../../../modules/engines/prepare-engines.ts';
import { AmbiguousSubjectError } from '../../../modules/requests/errors.ts';
import type { SealedSubject } from '../../../modules/requests/subject.ts';
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

const { requestId } = aRequest();

/** Engines that know these accounts, by name of the Engine. */
async function setup(accounts: Readonly<Record<string, readonly string[]>>, subject: SealedSubject) {
  const engines = Object.keys(accounts).map((name) => anEngine(name));
  const answer = (engine: string, { statement, platform }: EngineQuery) => {
    if (statement.includes('#""')) return new EngineQueryRejectedError('e', 'f', []);
    const [, type, text] = /\(eq name \((\w+) "([^"]+)"\)\)/.exec(statement) ?? [];
    if (type === undefined) return 'id\tname\n';
    const isNamed = (name: string) => (type === 'pattern' ? name.startsWith(text!.slice(0, -1)) : name === text);
    const names = platform === 'windows' ? accounts[engine]!.filter(isNamed) : [];
    return ['id\tname', ...names.map((name) => `${accounts[engine]!.indexOf(name) + 1}\t${name}`), ''].join('\n');
  };
  const [vault, parts] = [memoryVault(), memoryParts()];
  await vault.seal(requestId, 'subject', subject, new Date());
  await vault.seal(requestId, 'login', { username: 'op', password: 'secret' }, new Date());
  await parts.putFrame(requestId, 1, aFrame({ engines, files: [] }));
  const ports = {
    engineApi: {
      query: async (...[engine, login, query, signal]: Parameters<ReturnType<typeof scriptedEngine>['query']>) =>
        scriptedEngine((given) => answer(engine.name, given)).query(engine, login, query, signal),
    },
    portalApi: { checksLogin: true, listEngines: async () => engines },
    requests: memoryRequests(aRequest({ state: 'RUNNING' })),
    vault,
    parts,
    leases: memoryLeases(),
    headers: memoryHeaders(),
    log: silentLog,
    clock: { now: () => new Date('2026-11-23T12:00:00Z') },
    pause: async () => {},
  };
  const engineIds = engines.map(({ engineId }) => engineId);
  const prepare = () => prepareEngines({ requestId, attempt: 1, engineIds }, ports);
  const frame = () => parts.getFrame(requestId, 1);
  return { prepare, frame, subject: () => vault.open(requestId, 'subject') };
}

describe('prepareEngines', () => {
  it('seals the one account that the typed name means, and on which Engines that was looked up (R1)', async () => {
    const system = await setup({ a: ['akowal@CORP'], b: [] }, { kind: 'user', name: 'CORP\\AKOWAL' });

    await system.prepare();

    expect(await system.subject()).toEqual({
      kind: 'user',
      name: 'CORP\\AKOWAL',
      found: ['akowal@CORP'],
      foundOn: { 'a-uid': ['akowal@CORP'], 'b-uid': [] },
    });
    expect((await system.frame()).columns?.['engines/user.csv']?.windows).toEqual(['id', 'name']);
  });

  it('leaves an Engine that holds it in another form of the domain to its worker, which names that (C29a)', async () => {
    const system = await setup(
      { a: ['jmeyer@CORP'], b: ['jmeyer@corp.example'], c: ['jmeyer@LAB'] },
      { kind: 'user', name: 'jmeyer@CORP' },
    );

    await system.prepare();

    expect((await system.subject()).foundOn).toEqual({ 'a-uid': ['jmeyer@CORP'], 'c-uid': [] });
  });

  it('finds an account in a case that no spelling has, where Engines compare it, and refuses two (C1)', async () => {
    const one = await setup({ a: [], b: ['AKowal@FIELD'] }, { kind: 'user', name: 'akowal' });
    const two = await setup(
      { a: ['AKowal@FIELD'], b: ['akOwal@CORP', 'akowal2@CORP'] },
      { kind: 'user', name: 'akowal' },
    );

    await one.prepare();

    expect(await one.subject()).toMatchObject({ found: ['AKowal@FIELD'], foundOn: { 'b-uid': ['AKowal@FIELD'] } });
    await expect(two.prepare()).rejects.toThrow(AmbiguousSubjectError);
  });

  it('finds an account on each Engine in the case that this one stores, though another has it as typed (C1)', async () => {
    const system = await setup(
      { a: ['akowal@FIELD'], b: ['AKowal@FIELD', 'akowal2@FIELD'], c: ['bnowak@FIELD'] },
      { kind: 'user', name: 'akowal' },
    );
    const bare = { a: ['akowal@FIELD'], b: ['akowal', 'AKowal@FIELD'] };
    const withDomain = await setup(bare, { kind: 'user', name: 'akowal@FIELD' });
    const namesake = await setup({ a: ['akowal@FIELD'], b: ['AKowal@LAB'] }, { kind: 'user', name: 'akowal' });

    await system.prepare();

    expect(await system.subject()).toMatchObject({
      found: ['AKowal@FIELD'],
      foundOn: { 'a-uid': ['akowal@FIELD'], 'b-uid': ['AKowal@FIELD'], 'c-uid': [] },
    });
    await withDomain.prepare();
    expect(await withDomain.subject()).toMatchObject({ foundOn: { 'b-uid': ['AKowal@FIELD'] } });
    await expect(namesake.prepare()).rejects.toThrow(AmbiguousSubjectError);
  });

  it('refuses a name that means accounts of two domains, on one Engine or on two (C29a)', async () => {
    const onOne = await setup({ a: ['jdoe@CORP', 'jdoe@LAB'] }, { kind: 'user', name: 'jdoe' });
    const onTwo = await setup({ a: ['jdoe@CORP'], b: ['jdoe@LAB'] }, { kind: 'user', name: 'JDOE' });

    await expect(onOne.prepare()).rejects.toThrow(AmbiguousSubjectError);
    await expect(onTwo.prepare()).rejects.toThrow(AmbiguousSubjectError);
  });

  it('takes a domain, and accounts that the caller chose, for an answer (C29a)', async () => {
    const accounts = { a: ['jdoe@CORP'], b: ['jdoe@LAB'] };
    const typed = await setup(accounts, { kind: 'user', name: 'lab\\jdoe' });
    const chosen = await setup(accounts, { kind: 'user', name: 'jdoe', accounts: ['jdoe@CORP', 'jdoe@LAB'] });

    await typed.prepare();
    await chosen.prepare();

    expect(await typed.subject()).toMatchObject({ found: ['jdoe@LAB'] });
    expect(await chosen.subject()).not.toHaveProperty('found');
  });
});
