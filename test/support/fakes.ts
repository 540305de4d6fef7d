import { Readable } from 'node:stream';
import type { FragmentPlan, PartIndex } from '../../core/bundle/fragment.ts';
import { RequestNotFoundError, SealedItemGoneError, WrongStateError } from '../../core/errors.ts';
import { isFinal, statesBefore } from '../../core/lifecycle.ts';
import type { Engine, RequestRecord, SourceProgress } from '../../core/model.ts';
import type { BundleStore, EngineApi, EngineQuery, Log, PartStore, Requests, Vault } from '../../core/ports.ts';

export const silentLog: Log = { info: () => {}, warn: () => {} };

export const anEngine = (name: string, facts: Partial<Engine> = {}): Engine => ({
  engineId: `${name}-uid`,
  name,
  status: 'CONNECTED',
  address: '127.0.0.1',
  timezone: 'UTC',
  version: '6.30.1',
  ...facts,
});

export const aRequest = (facts: Partial<RequestRecord> = {}): RequestRecord => ({
  requestId: '00000000-0000-4000-8000-000000000001',
  kind: 'retrieve',
  subjectKind: 'user',
  sources: ['engine'],
  callerId: 'caller-1',
  state: 'QUEUED',
  attempt: 1,
  createdAt: '2026-11-23T08:00:00.000Z',
  updatedAt: '2026-11-23T08:00:00.000Z',
  cancelRequested: false,
  accountPrivacy: 'full',
  ...facts,
});

export const aPlan = (facts: Partial<FragmentPlan> = {}): FragmentPlan => ({
  files: [],
  frozenAt: '2026-11-23T08:00:00.000Z',
  engines: [],
  federation: 'all-listed',
  formulaSwitch: true,
  ...facts,
});

/** Requests in memory, under the same rules of states as the real ones. */
export function memoryRequests(...records: RequestRecord[]): Requests {
  const byId = new Map(records.map((record) => [record.requestId, record]));
  const progress = new Map<string, SourceProgress>();
  const get = (requestId: string): RequestRecord => {
    const record = byId.get(requestId);
    if (!record) throw new RequestNotFoundError(requestId);
    return record;
  };
  return {
    get: async (requestId) => get(requestId),
    async create(record) {
      byId.set(record.requestId, record);
    },
    async transition(requestId, to, patch = {}) {
      const record = get(requestId);
      if (!statesBefore(to).includes(record.state)) throw new WrongStateError(requestId, record.state);
      byId.set(requestId, { ...record, ...patch, state: to });
      return get(requestId);
    },
    async note(requestId, facts) {
      const record = get(requestId);
      if (isFinal(record.state)) throw new WrongStateError(requestId, record.state);
      byId.set(requestId, { ...record, ...facts });
    },
    async putProgress(requestId, source) {
      progress.set(`${requestId}/${source.sourceId}`, source);
    },
    listProgress: async (requestId) =>
      [...progress].filter(([key]) => key.startsWith(requestId)).map(([, source]) => source),
  };
}

export function memoryVault(): Vault & { readonly sealed: Map<string, unknown> } {
  const sealed = new Map<string, unknown>();
  return {
    sealed,
    async seal(requestId, purpose, value) {
      sealed.set(`${requestId}/${purpose}`, value);
    },
    async open(requestId, purpose) {
      const value = sealed.get(`${requestId}/${purpose}`);
      if (value === undefined) throw new SealedItemGoneError(purpose);
      return value as never;
    },
    async wipe(requestId, purposes) {
      for (const purpose of purposes) sealed.delete(`${requestId}/${purpose}`);
    },
  };
}

/** Parts in memory; `objects` by key. */
export function memoryParts(): PartStore & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const indexes = new Map<string, PartIndex>();
  const plans = new Map<string, FragmentPlan>();
  return {
    objects,
    openSink(requestId, attempt, sourceId, seq) {
      const partKey = `parts/${requestId}/${attempt}/${sourceId}/${seq}/fragments`;
      let waiting: Buffer[] = [];
      return {
        partKey,
        async write(bytes) {
          waiting.push(bytes);
        },
        async close() {
          objects.set(partKey, Buffer.concat(waiting));
        },
        async abort() {
          waiting = [];
        },
      };
    },
    async putIndex(requestId, attempt, index) {
      const plain = JSON.parse(JSON.stringify(index)) as PartIndex;
      indexes.set(`${requestId}/${attempt}/${index.sourceId}/${index.seq}`, plain);
    },
    listIndexes: async (requestId, attempt, sourceId) =>
      [...indexes.entries()]
        .filter(
          ([key, index]) => key.startsWith(`${requestId}/${attempt}/`) && (!sourceId || index.sourceId === sourceId),
        )
        .map(([, index]) => index),
    async putPlan(requestId, attempt, plan) {
      plans.set(`${requestId}/${attempt}`, plan);
    },
    getPlan: async (requestId, attempt) => plans.get(`${requestId}/${attempt}`)!,
    read: async (partKey, offset, byteLength) =>
      Readable.from([objects.get(partKey)!.subarray(offset, offset + byteLength)]),
    async deleteParts(requestId) {
      for (const key of objects.keys()) if (key.startsWith(`parts/${requestId}/`)) objects.delete(key);
    },
  };
}

export function memoryBundles(): BundleStore & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  return {
    objects,
    async write(bundleKey, chunks) {
      const kept: Buffer[] = [];
      for await (const chunk of chunks) kept.push(chunk);
      objects.set(bundleKey, Buffer.concat(kept));
      return objects.get(bundleKey)!.length;
    },
    async delete(bundleKey) {
      objects.delete(bundleKey);
    },
  };
}

/** An Engine that answers each query with a text of the test's, or throws; the queries are kept. */
export function scriptedEngine(
  answer: (query: EngineQuery) => string | Error,
): EngineApi & { readonly asked: EngineQuery[] } {
  const asked: EngineQuery[] = [];
  return {
    asked,
    async query(_engine, _login, query) {
      asked.push(query);
      const text = answer(query);
      if (text instanceof Error) throw text;
      return Readable.from([Buffer.from(text)], { objectMode: false });
    },
  };
}
