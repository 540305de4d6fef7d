import type { OpenRequestPorts } from '../../modules/engines/open-request.ts';
import type { CloseRequestPorts } from '../../modules/lifecycle/close-request.ts';
import type { StartAboutSubjectPorts } from '../../modules/lifecycle/start-request.ts';
import type { AnonymizePortalPorts } from '../../modules/portal/anonymize-portal.ts';
import { personByName } from '../../modules/portal/names/person.ts';
import type { VerifyPortalPorts } from '../../modules/portal/verify-portal.ts';
import type { Executions } from '../../modules/requests/executions.ts';
import type { RequestState } from '../../modules/requests/record.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { Vault } from '../../modules/requests/vault.ts';
import {
  anEngine,
  anOutcome,
  aRehearsal,
  aVerification,
  closingPorts,
  memoryArchives,
  memoryLeases,
  memoryParts,
  type memorySubjects,
  plainMacs,
  scriptedEngine,
  silentLog,
} from '../support/fakes.ts';
import type { Process } from './scheduler.ts';

export type ModelPorts = StartAboutSubjectPorts &
  CloseRequestPorts &
  AnonymizePortalPorts &
  VerifyPortalPorts &
  OpenRequestPorts;

/** What is stored, and what the Portal database does. */
export interface ModelWorld {
  readonly requests: Requests;
  readonly vault: Vault & { readonly sealed: Map<string, unknown> };
  readonly subjects: ReturnType<typeof memorySubjects>;
  /** States by name. */
  readonly executions: Map<string, string>;
  /** Requests whose anonymization has changed rows and may commit or not. */
  readonly working: Set<string>;
  /** Requests whose anonymization was committed. */
  readonly ledger: Set<string>;
  /** Whether the Portal database lets one anonymization of a Subject wait for another. */
  readonly locks: boolean;
  /** Whether there is more than one Request. */
  readonly several: boolean;
}

export const LOGIN = { username: 'operator', password: 'open sesame' };
/** It stands still: what is stored must not differ from one schedule to the next by its time. */
export const NOW = new Date('2026-11-23T12:00:00Z');
const clock = { now: () => NOW };
const nothing = async () => {};

/** The ports of one process: what the search orders are the calls by which processes see each other. */
export function portsOf(process: Process, world: ModelWorld, executions: Executions): ModelPorts {
  const parts = memoryParts();
  const closing = closingPorts();
  const subjects = ordered(process, world.subjects, ['claim', 'release'], world.several);
  return {
    ...closing,
    subjects,
    macs: plainMacs,
    requests: ordered(process, world.requests, ['create', 'get', 'transition', 'note'], world.several),
    vault: ordered(process, world.vault, ['seal', 'open', 'take', 'wipe'], world.several),
    executions,
    portalAnonymizer: anonymizerOf(process, world),
    rehearse: async () => aRehearsal(),
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
    engineApi: scriptedEngine(() => 'id\n'),
    leases: memoryLeases(),
    parts,
    archives: memoryArchives(parts.objects),
    pause: nothing,
    federation: undefined,
    neutralizeFormulas: true,
    clock,
    log: silentLog,
    newKey: () => 'a2V5',
  };
}

/** Others, when there are any, look whether a Request is there, and whether it waits or has ended. */
const isSeen = (name: string, [, to]: readonly unknown[]): boolean =>
  name === 'create' || (name === 'transition' && (to === 'QUEUED' || isFinal(to as RequestState)));
const WRITES: readonly string[] = ['create', 'transition', 'seal', 'claim'];

/** The same port, some of whose calls wait for their turn. What others may see, or what is about them, is shared. */
function ordered<T extends object>(
  process: Process,
  port: T,
  names: readonly (keyof T & string)[],
  several: boolean,
): T {
  const calls = names.map((name) => {
    const call = (port[name] as (...args: unknown[]) => unknown).bind(port);
    const label = (args: unknown[]) => `${name} ${args.filter((arg) => typeof arg === 'string').slice(1)}`;
    const options = (args: unknown[]) => ({
      shared: args[0] !== process.requestId || (several && isSeen(name, args)),
      mayBeLost: WRITES.includes(name),
    });
    return [name, (...args: unknown[]) => process.call(label(args), () => call(...args), options(args))];
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
        await mayCommit(personByName({ kind: 'user', name: 'jdoe' }));
        await process.call('commits', () => ledger.add(requestId).size, { shared: true });
      } finally {
        working.delete(requestId);
      }
      return anOutcome({ t: 1 });
    },
  };
}
