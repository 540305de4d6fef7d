import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { GdprError } from '../../modules/common/errors.ts';
import { checkLogin } from '../../modules/engines/check-account.ts';
import { apisOf } from '../support/engine-run.ts';
import { memoryLeases, silentLog } from '../support/fakes.ts';

/** Answers without the queried column, or without any. */
const PROVE_NOTHING = [
  ...['text', 'text-table', 'json', 'json-rows', 'xml-rows', 'html', 'empty', 'blank', 'header-other', 'fewer-columns'],
  ...['gzip', 'gzip-silent', 'utf16-silent', 'no-content', 'partial', 'not-found', 'redirect', 'reset', 'refused'],
  ...['refused-table', 'flaky:1', 'unavailable:99', 'busy:99'],
];

/** Answers that hold it all the same. */
const PROVE = ['none', 'rows-twice', 'extra-columns', 'shuffled-columns', 'header-alone', 'latin1', 'type-none'];

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ engines: 2, rows: 0, now: new Date('2026-11-23T15:30:00Z') });
});
afterAll(() => simulator.stop());

/** What the check of the account finds while all Engines answer it like this. */
async function findingOf(fault: string | undefined): Promise<string> {
  for (const engine of simulator.engines) engine.setFault(fault);
  const { engineApi, portalApi } = apisOf(simulator);
  const outside = { leases: memoryLeases(), clock: { now: () => new Date() }, pause: async () => {}, log: silentLog };
  const ports = { ...outside, engineApi, portalApi, federation: undefined, random: () => 0 };
  try {
    const sources = ['engine', 'portal'] as const;
    const { accountPrivacy } = await checkLogin(simulator.login, sources, { whenUnproved: 'refuse' }, ports);
    return accountPrivacy;
  } catch (error) {
    if (error instanceof GdprError) return error.name;
    throw error;
  } finally {
    await engineApi.close();
  }
}

describe('the check of the account, of Engines that answer wrongly', () => {
  it.each(PROVE_NOTHING)('%s proves nothing (R4, R12)', async (kind) => {
    expect(await findingOf(kind)).not.toBe('full');
  });

  it.each(PROVE)('%s proves full access', async (kind) => {
    expect(await findingOf(kind === 'none' ? undefined : kind)).toBe('full');
  });
});
