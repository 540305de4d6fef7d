import type { Executions, Requests, Vault } from '../../core/ports.ts';
import type { AnonymizePortalPorts } from '../../core/steps/anonymize-portal.ts';
import type { CloseRequestPorts } from '../../core/steps/close-request.ts';
import type { OpenRequestPorts } from '../../core/steps/open-request.ts';
import type { StartRequestPorts } from '../../core/steps/start-request.ts';
import type { VerifyPortalPorts } from '../../core/steps/verify-portal.ts';
import {
  anEngine,
  anOutcome,
  aVerification,
  closingPorts,
  memoryBundles,
  memoryLeases,
  memoryParts,
  plainLife,
  silentLog,
} from '../support/fakes.ts';
import type { Process } from './scheduler.ts';

export type ModelPorts = StartRequestPorts &
  CloseRequestPorts &
  AnonymizePortalPorts &
  VerifyPortalPorts &
  OpenRequestPorts;

/** What is stored, and what the Portal database does. */
export interface ModelWorld {
  readonly requests: Requests;
  readonly vault: Vault & { readonly sealed: Map<string, unknown> };
  /** States by name. */
  readonly executions: Map<string, string>;
  /** Requests whose anonymization has changed rows and may commit or not. */
  readonly working: Set<string>;
  /** Requests whose anonymization was committed. */
  readonly ledger: Set<string>;
  /** Whether the Portal database lets one anonymization of a Subject wait for another. */
  readonly locks: boolean;
}

export const LOGIN = { username: 'operator', password: 'open sesame' };
const NOW = new Date('2026-11-23T12:00:00Z');
const clock = { now: () => NOW };
const nothing = async () => {};

/** The ports of one process: what the search orders are the calls by which processes see each other. */
export function portsOf(process: Process, world: ModelWorld, executions: Executions): ModelPorts {
  const parts = memoryParts();
  return {
    ...closingPorts(),
    ...plainLife,
    approval: { retrieve: 'none', anonymize: 'none' },
    requests: ordered(process, world.requests, ['create', 'get', 'transition', 'note']),
    vault: ordered(process, world.vault, ['seal', 'open', 'take', 'wipe']),
    executions,
    portalAnonymizer: anonymizerOf(process, world),
    portalLedger: async () => ({
      outcomeOf: (requestId) =>
        process.call('asks the ledger', () => (world.ledger.has(requestId) ? anOutcome({ t: 1 }) : undefined), {
          isOpen: () => !world.working.has(requestId),
        }),
    }),
    portalVerifier: { verify: async () => aVerification() },
    mapping: {} as ModelPorts['mapping'],
    random: (size) => new Uint8Array(size),
    portalApi: { checksLogin: true, listEngines: async () => [anEngine('a')] },
    engineApi: { query: async () => [] as never },
    leases: memoryLeases(),
    parts,
    bundles: memoryBundles(parts.objects),
    pause: nothing,
    federation: undefined,
    neutralizeFormulas: true,
    clock,
    log: silentLog,
    newId: () => '',
    newKey: () => 'a2V5',
    coUsers: 'keep',
    nightlyJobs: { zone: 'UTC', jobs: [] },
    preview: 'optional',
  };
}

/** The same port, some of whose calls wait for their turn. */
function ordered<T extends object>(process: Process, port: T, names: readonly (keyof T & string)[]): T {
  const calls = names.map((name) => {
    const call = (port[name] as (...args: unknown[]) => unknown).bind(port);
    const label = (args: unknown[]) => `${name} ${args.filter((arg) => typeof arg === 'string').slice(1)}`;
    return [name, (...args: unknown[]) => process.call(label(args), () => call(...args))];
  });
  return { ...port, ...Object.fromEntries(calls) };
}

/** One transaction: a lock, the change, leave to commit, the commit. What dies before that has changed nothing. */
function anonymizerOf(process: Process, { working, ledger, locks }: ModelWorld): ModelPorts['portalAnonymizer'] {
  return {
    async anonymize(requestId, _subject, _token, { mayCommit }) {
      const isFree = () => !locks || working.size === 0;
      const isDone = await process.call(
        'locks the Portal',
        () => {
          if (!ledger.has(requestId)) working.add(requestId);
          return ledger.has(requestId);
        },
        { shared: true, isOpen: isFree },
      );
      if (isDone) return anOutcome({ t: 1 });
      try {
        await mayCommit();
        await process.call('commits', () => ledger.add(requestId).size, { shared: true });
      } finally {
        working.delete(requestId);
      }
      return anOutcome({ t: 1 });
    },
  };
}
