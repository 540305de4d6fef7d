import { randomUUID } from 'node:crypto';
import type { AttemptFrame, PartIndex } from '../../modules/archive/fragment.ts';
import type { PartStore } from '../../modules/archive/ports.ts';
import type { Leases } from '../../modules/engines/leases.ts';
import type { HeaderStore } from '../../modules/engines/retrieval/kept-headers.ts';
import { SealedItemGoneError } from '../../modules/requests/errors.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { SourceProgress } from '../../modules/requests/source.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import type { SealedValues, Vault } from '../../modules/requests/vault.ts';

const unused = async (): Promise<never> => {
  throw new Error('no part of a retrieval');
};

/** The one Request of a recording; nothing of it is kept when the process ends. */
function requestStore(first: RequestRecord): Requests {
  let record = first;
  const progress = new Map<string, SourceProgress>();
  const store: Requests = {
    by: () => store,
    create: unused,
    get: async () => record,
    async transition(_id, state, patch) {
      record = { ...record, ...(patch as Partial<RequestRecord>), state };
      return record;
    },
    note: unused,
    noteEnded: unused,
    async putProgress(_id, source) {
      progress.set(source.sourceId, source);
    },
    listProgress: async () => [...progress.values()],
    addEvent: async () => {},
    listEvents: async () => [],
  };
  return store;
}

function vaultOf(values: Map<keyof SealedValues, unknown>): Vault {
  const open = async <P extends keyof SealedValues>(_id: string, purpose: P): Promise<SealedValues[P]> => {
    if (!values.has(purpose)) throw new SealedItemGoneError(purpose);
    return values.get(purpose) as SealedValues[P];
  };
  const seal = async (_id: string, purpose: keyof SealedValues, value: unknown) => void values.set(purpose, value);
  return {
    seal,
    replace: seal,
    open,
    take: open,
    prolong: async () => {},
    hasExpired: async () => false,
    wipe: async () => values.clear(),
  };
}

/** Fragments by their key, and what is committed of them. */
function partStore(objects: Map<string, Buffer>): PartStore {
  const indexes: PartIndex[] = [];
  let frame: AttemptFrame | undefined;
  return {
    openSink(_id, _attempt, sourceId, seq) {
      const partKey = `${sourceId}/${seq}`;
      const waiting: Buffer[] = [];
      return {
        partKey,
        write: async (bytes) => void waiting.push(bytes),
        async close() {
          objects.set(partKey, Buffer.concat(waiting));
          return '';
        },
        abort: async () => {},
      };
    },
    async putIndex(_id, _attempt, index) {
      indexes.push(structuredClone(index));
      return true;
    },
    listIndexes: async (_id, _attempt, sourceId) =>
      indexes.filter((index) => sourceId === undefined || index.sourceId === sourceId),
    async putFrame(_id, _attempt, next) {
      frame = next;
    },
    getFrame: async () => frame!,
    newestFrame: async () => frame,
    deleteParts: unused,
  };
}

/** One Engine at a time: Engines share questions, and a replay must not depend on which of them was faster. */
function oneAfterTheOther(): Leases {
  let last: Promise<void> = Promise.resolve();
  const releases = new Map<number, () => void>();
  let token = 0;
  return {
    async acquire() {
      token += 1;
      const mine = token;
      const before = last;
      last = new Promise((resolve) => releases.set(mine, resolve));
      await before;
      return { token: mine, seconds: 3600 };
    },
    leave: async () => {},
    renew: async () => true,
    release: async (_engineId, released) => releases.get(released)?.(),
  };
}

/** Columns are agreed anew: a recording holds these questions too. */
const noHeaders: HeaderStore = { find: async () => undefined, keep: async () => {} };

/** What one retrieval of Engine data needs, in memory alone. */
export function memoryStores(subject: Subject, now: Date) {
  const at = now.toISOString();
  const record: RequestRecord = {
    requestId: randomUUID(),
    kind: 'retrieve',
    subjectKind: subject.kind,
    sources: ['engine'],
    callerId: 'recorder',
    state: 'QUEUED',
    attempt: 1,
    createdAt: at,
    updatedAt: at,
    cancelRequested: false,
    accountPrivacy: 'full',
    deadline: { receivedAt: at, dueAt: at, pauses: [] },
    deadlineChanges: 0,
  };
  const objects = new Map<string, Buffer>();
  return {
    requestId: record.requestId,
    objects,
    requests: requestStore(record),
    vault: vaultOf(new Map<keyof SealedValues, unknown>([['subject', subject]])),
    parts: partStore(objects),
    leases: oneAfterTheOther(),
    headers: noHeaders,
  };
}
