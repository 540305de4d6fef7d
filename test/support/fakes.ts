import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Idempotency } from '../../functions/http/idempotent.ts';
import { PartDamagedError } from '../../modules/archive/errors.ts';
import type { AttemptFrame, PartIndex } from '../../modules/archive/fragment.ts';
import type { Segment } from '../../modules/archive/layout.ts';
import type { ArchiveReader, ArchiveStore, PartStore } from '../../modules/archive/ports.ts';
import type { Macs } from '../../modules/common/hmac.ts';
import type { Log } from '../../modules/common/ports.ts';
import { EngineQueryRejectedError } from '../../modules/engines/errors.ts';
import type { Leases } from '../../modules/engines/leases.ts';
import { queriedColumns, someObjectsStatement, TABLES_STATEMENT } from '../../modules/engines/nxql.ts';
import type { EngineApi, EngineContact, EngineLook, EngineQuery } from '../../modules/engines/ports.ts';
import type { HeaderStore, KeptHeaders } from '../../modules/engines/retrieval/kept-headers.ts';
import { ENGINE_TABLES } from '../../modules/engines/tables/tables.ts';
import type { CloseRequestPorts } from '../../modules/lifecycle/close-request.ts';
import type { LifecyclePolicy } from '../../modules/lifecycle/policy.ts';
import type { AnonymizationOutcome, Verification } from '../../modules/portal/ports.ts';
import type { Actor, AuditEntry, AuditFact } from '../../modules/requests/audit/entry.ts';
import { factOf, nextEntry } from '../../modules/requests/audit/trail.ts';
import type { CallerRules } from '../../modules/requests/caller.ts';
import { RequestNotFoundError, SealedItemGoneError, WrongStateError } from '../../modules/requests/errors.ts';
import type { Rehearsal, RequestRecord } from '../../modules/requests/record.ts';
import type { Engine, SourceProgress } from '../../modules/requests/source.ts';
import { isFinal, meets, noteCondition, STATES, transitionCondition } from '../../modules/requests/state-machine.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { Noted, Subjects } from '../../modules/requests/subjects/subject-index.ts';
import type { Vault } from '../../modules/requests/vault.ts';
import type { RequestList } from '../../modules/requests/views/get-request.ts';
import type { LedgerItem, SuppressionLedger } from '../../modules/sentinel/ledger.ts';
import type { SentinelPolicy } from '../../modules/sentinel/settings.ts';

export const silentLog: Log = { info: () => {}, warn: () => {} };

export const callerRules: CallerRules = { scopeClaim: 'scope', machines: {} };

export const anEngine = (name: string, facts: Partial<Engine> = {}): Engine => ({
  engineId: `${name}-uid`,
  name,
  status: 'CONNECTED',
  address: '127.0.0.1',
  timezone: 'UTC',
  version: '6.30.1',
  ...facts,
});

/** The actor in the audit trail when a function acts by itself. */
export const aFunction: Actor = { id: 'close-request', role: 'system' };

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
  deadline: { receivedAt: '2026-11-23T08:00:00.000Z', dueAt: '2026-12-23T23:59:59.000Z', pauses: [] },
  deadlineChanges: 0,
  ...facts,
});

/** Nobody is waited for, and every day but the weekend is worked. */
export const aPolicy = (facts: Partial<LifecyclePolicy> = {}): LifecyclePolicy => ({
  account: { whenUnproved: 'refuse' },
  coUsers: 'keep',
  nightlyJobs: { zone: 'UTC', jobs: [] },
  preview: 'optional',
  approval: { retrieve: 'none', anonymize: 'none' },
  loginLater: 'refused',
  waitDays: { AWAITING_APPROVAL: 14, AWAITING_LOGIN: 7, AWAITING_REMOVAL: 60 },
  removal: { accountScope: 'attested', everyHours: 6 },
  deadlineRules: { zone: 'UTC', holidays: [] },
  ...facts,
});

/** What a committed anonymization did. */
export const anOutcome = (
  rowsByTable: AnonymizationOutcome['rowsByTable'],
  facts: Partial<AnonymizationOutcome> = {},
): AnonymizationOutcome => ({ rowsByTable, scanned: { tables: 9, columns: 30 }, controls: 'full', ...facts });

/** What a rehearsal found out. */
export const aRehearsal = (facts: Partial<Rehearsal> = {}): Rehearsal => ({
  rowsByTable: { 'portal.users': 1 },
  refusals: [],
  notTried: ['the commit'],
  lockedSeconds: 0.1,
  ...facts,
});

/** What another role found afterwards. */
export const aVerification = (facts: Partial<Verification> = {}): Verification => ({
  residue: 0,
  places: [],
  accounts: [],
  outOfReach: [],
  verified: { tables: 9, columns: 30 },
  ...facts,
});

/** What closing a Request needs for an anonymization; the ledger knows of none. */
export const closingPorts = (): Pick<
  CloseRequestPorts,
  | 'portalLedger'
  | 'executions'
  | 'leases'
  | 'archiveDays'
  | 'subjects'
  | 'sentinel'
  | 'readPolicy'
  | 'clock'
  | 'newId'
  | 'signer'
  | 'schemaFingerprint'
  | 'lastRedirection'
> => ({
  lastRedirection: { read: async () => undefined },
  archiveDays: 7,
  executions: { start: async () => {}, stop: async () => {} },
  leases: memoryLeases(),
  subjects: memorySubjects(),
  sentinel: { ledger: memorySuppression(), generation: 'g1' },
  readPolicy: async () => ({
    verifyDays: 7,
    ownArchives: 'delete',
    retention: { engineDays: 30 },
    sentinel: { ...aSentinel, enabled: false },
  }),
  portalLedger: async () => ({ outcomeOf: async () => undefined }),
  clock: { now: () => new Date('2026-11-23T09:00:00.000Z') },
  newId: () => '00000000-0000-4000-8000-00000000000c',
  signer: { sign: async () => ({ signature: 'c2lnbmVk', publicKey: 'a2V5' }) },
  schemaFingerprint: async () => 'f1',
});

export const aFrame = (facts: Partial<AttemptFrame> = {}): AttemptFrame => ({
  files: [],
  frozenAt: '2026-11-23T08:00:00.000Z',
  engines: [],
  federation: 'all-listed',
  formulaSwitch: true,
  ...facts,
});

/** A fact that is `undefined` is removed. */
const without = (facts: { [Fact in keyof RequestRecord]: RequestRecord[Fact] | undefined }): RequestRecord =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as RequestRecord;

/** A list without any Request. */
export const noRequests: RequestList = { list: async () => ({ records: [] }), countUnfinished: async () => 0 };

type MemoryRequests = Requests & { readonly requestList: RequestList };

/** Requests in memory, under the same rules of states as the real ones, with the same audit trail. */
export const memoryRequests = (...records: RequestRecord[]): MemoryRequests =>
  memoryRequestsAt(({ updatedAt }) => updatedAt, ...records);

/** The same, with the times of its audit trails told by a test. */
export function memoryRequestsAt(
  timeOf: (record: RequestRecord) => string,
  ...records: RequestRecord[]
): MemoryRequests {
  const byId = new Map(records.map((record) => [record.requestId, record]));
  const trails = new Map<string, Omit<AuditEntry, 'seq' | 'before'>[]>();
  const put = (record: RequestRecord, told?: AuditFact): RequestRecord => {
    const { requestId, state, attempt } = record;
    const at = timeOf(record);
    const fact = told ?? factOf(byId.get(requestId), record);
    const entry = fact && { ...fact, requestId, state, attempt, at, by: aFunction };
    if (entry) trails.set(requestId, [...(trails.get(requestId) ?? []), entry]);
    byId.set(requestId, record);
    return record;
  };
  const progress = new Map<string, SourceProgress>();
  const get = (requestId: string): RequestRecord => {
    const record = byId.get(requestId);
    if (!record) throw new RequestNotFoundError(requestId);
    return record;
  };
  return {
    by() {
      return this;
    },
    requestList: {
      list: async ({ reference, states, isOpen }) => ({
        records: [...byId.values()]
          .reverse()
          .filter(
            (record) =>
              (reference === undefined || record.reference === reference) &&
              (!states || states.includes(record.state)) &&
              !(isOpen && record.handover),
          ),
      }),
      countUnfinished: async () => 0,
    },
    get: async (requestId) => get(requestId),
    async create(record) {
      put(record);
    },
    async transition(requestId, to, patch = {}, held = {}) {
      const record = get(requestId);
      if (!meets(record, transitionCondition(to, held))) throw new WrongStateError(requestId, record.state);
      return put(without({ ...record, ...patch, state: to }));
    },
    async note(requestId, facts, held = {}) {
      const record = get(requestId);
      if (!meets(record, noteCondition(held))) throw new WrongStateError(requestId, record.state);
      put({ ...record, ...facts });
    },
    async noteEnded(requestId, facts, held = {}) {
      const record = get(requestId);
      if (!meets(record, { states: STATES.filter(isFinal), held })) throw new WrongStateError(requestId, record.state);
      return put(without({ ...record, ...facts }));
    },
    async putProgress(requestId, source) {
      progress.set(`${requestId}/${source.sourceId}`, source);
    },
    listProgress: async (requestId) =>
      [...progress].filter(([key]) => key.startsWith(requestId)).map(([, source]) => source),
    async addEvent(requestId, fact) {
      put(get(requestId), fact);
    },
    // Digests are worked out here alone: a model writes a million entries and reads none.
    listEvents: async (requestId) => {
      get(requestId);
      const trail: AuditEntry[] = [];
      for (const entry of trails.get(requestId) ?? []) trail.push(nextEntry(trail.at(-1), entry));
      return trail;
    },
  };
}

export function memoryVault(): Vault & { readonly sealed: Map<string, unknown> } {
  const sealed = new Map<string, unknown>();
  return {
    sealed,
    async seal(requestId, purpose, value) {
      sealed.set(`${requestId}/${purpose}`, value);
    },
    async replace(requestId, purpose, value) {
      if (sealed.has(`${requestId}/${purpose}`)) sealed.set(`${requestId}/${purpose}`, value);
    },
    async prolong() {},
    async hasExpired() {
      return false;
    },
    async open(requestId, purpose) {
      const value = sealed.get(`${requestId}/${purpose}`);
      if (value === undefined) throw new SealedItemGoneError(purpose);
      return value as never;
    },
    async take(requestId, purpose) {
      const value = await this.open(requestId, purpose);
      sealed.delete(`${requestId}/${purpose}`);
      return value;
    },
    async wipe(requestId, purposes) {
      for (const purpose of purposes) sealed.delete(`${requestId}/${purpose}`);
    },
  };
}

/** As S3 makes it of an object that was put at once. */
export const eTagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

/** Parts in memory; `objects` by key. */
export function memoryParts(): PartStore & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const indexes = new Map<string, PartIndex>();
  const frames = new Map<string, AttemptFrame>();
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
          return eTagOf(objects.get(partKey)!);
        },
        async abort() {
          waiting = [];
        },
      };
    },
    async putIndex(requestId, attempt, index) {
      const plain = JSON.parse(JSON.stringify(index)) as PartIndex;
      const key = `${requestId}/${attempt}/${index.sourceId}/${index.seq}`;
      if (indexes.has(key)) return false;
      indexes.set(key, plain);
      return true;
    },
    listIndexes: async (requestId, attempt, sourceId) =>
      [...indexes.entries()]
        .filter(
          ([key, index]) => key.startsWith(`${requestId}/${attempt}/`) && (!sourceId || index.sourceId === sourceId),
        )
        .map(([, index]) => index),
    async putFrame(requestId, attempt, frame) {
      frames.set(`${requestId}/${attempt}`, frame);
    },
    getFrame: async (requestId, attempt) => frames.get(`${requestId}/${attempt}`)!,
    newestFrame: async (requestId, attempt) =>
      Array.from({ length: attempt }, (_, at) => frames.get(`${requestId}/${attempt - at}`)).find(Boolean),
    async deleteParts(requestId, attempt) {
      const under = `parts/${requestId}/${attempt === undefined ? '' : `${attempt}/`}`;
      for (const key of objects.keys()) if (key.startsWith(under)) objects.delete(key);
    },
  };
}

/** Subjects in memory; nothing expires. */
export function memorySubjects(now = () => new Date()): Subjects & {
  readonly holders: Map<string, Noted>;
  readonly about: Map<string, Map<string, Noted>>;
} {
  const about = new Map<string, Map<string, Noted>>();
  const holders = new Map<string, Noted>();
  const since = () => now().toISOString();
  return {
    holders,
    about,
    async note(mac, requestId) {
      about.set(mac, (about.get(mac) ?? new Map()).set(requestId, { requestId, since: since() }));
    },
    requestsAbout: async (mac) => [...(about.get(mac)?.values() ?? [])],
    macOf: async (requestId) => [...about].find(([, ids]) => ids.has(requestId))?.[0],
    async claim(mac, requestId, from) {
      const holder = holders.get(mac);
      const isFrom = holder?.requestId === from?.requestId && holder?.since === from?.since;
      if (holder && holder.requestId !== requestId && !isFrom) return holder;
      holders.set(mac, { requestId, since: since() });
      return undefined;
    },
    async release(mac, requestId) {
      if (holders.get(mac)?.requestId === requestId) holders.delete(mac);
    },
    async forget(mac, requestIds, last) {
      for (const requestId of [...requestIds, ...(last === undefined ? [] : [last])]) about.get(mac)?.delete(requestId);
    },
  };
}

/** The sentinel, switched on. */
export const aSentinel: SentinelPolicy = {
  enabled: true,
  followUp: 'alarm',
  scanHours: [1, 24, 168],
  everyHours: 168,
  marginDays: 7,
  namesPerScan: 1000,
};

/** A suppression ledger in memory. */
export function memorySuppression(): SuppressionLedger & { readonly items: Map<string, LedgerItem> } {
  const items = new Map<string, LedgerItem>();
  const isPresent = ({ mac, scans, since }: LedgerItem) =>
    items.get(mac)?.scans === scans && items.get(mac)?.since === since;
  return {
    items,
    async enter(item) {
      items.set(item.mac, { ...item, requestId: items.get(item.mac)?.requestId ?? item.requestId, scans: 0 });
    },
    list: async () => [...items.values()],
    async claim(item, until) {
      if (!isPresent(item) || items.get(item.mac)?.nextScanAt !== item.nextScanAt) return false;
      items.set(item.mac, { ...item, nextScanAt: until.toISOString() });
      return true;
    },
    async settle(item, nextScanAt) {
      if (!isPresent(item)) return;
      items.set(item.mac, { ...item, scans: item.scans + 1, nextScanAt: nextScanAt.toISOString() });
    },
    async remove({ mac, expiresAt }) {
      if (items.get(mac)?.expiresAt === expiresAt) items.delete(mac);
    },
  };
}

/** Keyed hashes that hide nothing, for tests. */
export const plainMacs: Macs = {
  of: async (purpose, text) => createHash('sha256').update(`${purpose}\n${text}`).digest('hex'),
};

/** Every call is new. */
export const noIdempotency: Idempotency = {
  begin: async (_call, _mac, requestId) => ({ kind: 'first', requestId }),
  finish: async () => {},
  abandon: async () => {},
};

/** Archives in memory. @param parts the objects they are made of */
/** Leases in memory that never run out; `held` by Engine. */
export function memoryLeases(): Leases & { readonly held: Map<string, number> } {
  const held = new Map<string, number>();
  let token = 0;
  return {
    held,
    async acquire(engineId) {
      if (held.has(engineId)) return { waitSeconds: 7 };
      token += 1;
      held.set(engineId, token);
      return { token, seconds: 30 };
    },
    leave: async () => {},
    renew: async (engineId, given) => held.get(engineId) === given,
    async release(engineId, given) {
      if (held.get(engineId) === given) held.delete(engineId);
    },
  };
}

/** Columns in memory, by kind and version. */
export function memoryHeaders(): HeaderStore & { readonly kept: Map<string, KeptHeaders> } {
  const kept = new Map<string, KeptHeaders>();
  return {
    kept,
    find: async (kind, version) => kept.get(`${kind} ${version}`),
    async keep(kind, version, headers) {
      kept.set(`${kind} ${version}`, headers);
    },
  };
}

export function memoryArchives(
  parts: ReadonlyMap<string, Buffer> = new Map(),
): ArchiveStore & ArchiveReader & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const bytesOf = (piece: Segment): Buffer => {
    if ('bytes' in piece) return piece.bytes;
    const part = parts.get(piece.partKey);
    if (!part || eTagOf(part) !== piece.partETag) throw new PartDamagedError(piece.partKey);
    return part.subarray(piece.offset, piece.offset + piece.byteLength);
  };
  return {
    objects,
    async stitch(archiveKey, { parts }, mayGoOn) {
      const made: Buffer[] = [];
      for (const part of parts) {
        await mayGoOn();
        made.push(...(part.kind === 'copy' ? [part.range] : part.pieces).map(bytesOf));
      }
      objects.set(archiveKey, Buffer.concat(made));
      return true;
    },
    open: async (archiveKey) => Readable.from([objects.get(archiveKey)!]),
    async delete(archiveKey) {
      objects.delete(archiveKey);
    },
  };
}

/** A look at an Engine that may get a password. */
export const trustedLook: EngineLook = { host: 'engine.example', port: 1671, faults: [] };

/** An Engine that answers each query with a text of the test's, or throws, and lists its tables; the queries are kept. */
export function scriptedEngine(
  answer: (query: EngineQuery) => string | Buffer | Error,
  tables: readonly string[] = Object.keys(ENGINE_TABLES),
  holdsDevices = true,
): EngineApi & EngineContact & { readonly asked: EngineQuery[] } {
  const asked: EngineQuery[] = [];
  let name = 'jdoe';
  return {
    asked,
    look: async () => trustedLook,
    async query(_engine, _login, query) {
      asked.push(query);
      const listed = new EngineQueryRejectedError('e', query.file, tables);
      const isAnyDevice = holdsDevices && query.statement === someObjectsStatement('device', ['id'], 1);
      const text = query.statement === TABLES_STATEMENT ? listed : isAnyDevice ? 'id\n1\n' : answer(query);
      if (text instanceof Error) throw text;
      name = /^id\tname\n7\t(.+)$/m.exec(text.toString())?.[1] ?? name;
      const whole = typeof text === 'string' ? Buffer.from(withQueriedColumns(query.statement, text, name)) : text;
      return Readable.from([whole], { objectMode: false });
    },
  };
}

/** A script names the columns that a test is about; the others that were queried are added, the name of user 7 among them. */
function withQueriedColumns(statement: string, text: string, name: string): string {
  const lines = text.split('\n');
  const header = lines[0]!.split('\t');
  if (!/^(\w+\/)?id$/.test(header[0]!) || !text.endsWith('\n')) return text;
  const absent = queriedColumns(statement)
    .map((column) => column.replace('*', 'id'))
    .filter((column) => column !== '#' && !header.includes(column) && !header.includes(column.replace(/^#/, '')));
  const user = header.indexOf('user/id');
  const cellOf = (column: string, cells: readonly string[]) =>
    column === 'user/name' ? (cells[user] === '7' ? name : 'another') : '-';
  const added = lines.slice(1, -1).map((line) => [line, ...absent.map((column) => cellOf(column, line.split('\t')))]);
  return `${[[lines[0], ...absent], ...added].map((cells) => cells.join('\t')).join('\n')}\n`;
}
