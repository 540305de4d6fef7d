import { constants, inflateRawSync } from 'node:zlib';
import { DICTIONARY } from '../../functions/wiring/dictionary.ts';
import type { Simulator } from '../../local/simulator/simulator.ts';
import { mergeParts } from '../../modules/archive/merge-parts.ts';
import { GdprError } from '../../modules/common/errors.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { openRequest } from '../../modules/engines/open-request.ts';
import { prepareEngines } from '../../modules/engines/prepare-engines.ts';
import { queryEngine } from '../../modules/engines/query-engine.ts';
import { closeRequest } from '../../modules/lifecycle/close-request.ts';
import { noteMissing } from '../../modules/lifecycle/note-missing.ts';
import type { SourceProgress } from '../../modules/requests/source.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import { parseCsv } from './csv.ts';
import {
  aRequest,
  closingPorts,
  memoryArchives,
  memoryHeaders,
  memoryLeases,
  memoryParts,
  memoryRequests,
  memoryVault,
  silentLog,
} from './fakes.ts';
import { archiveSettings } from './stitch.ts';

/** How a run differs from the usual one. */
export interface EngineRunOptions {
  readonly subject: Subject;
  readonly now: () => Date;
  readonly neutralizeFormulas?: boolean;
  readonly rowLimit?: number;
  readonly confirmRows?: number;
  readonly daysBack?: number;
  /** Asked before each query: false ends the invocation, and another one goes on. */
  readonly mayStart?: () => boolean;
}

/** What a run brought: CSV rows by file and Engine, gaps, states. */
export interface EngineRun {
  /** Raw CSV text without headers, by path in the archive. */
  readonly csv: ReadonlyMap<string, string>;
  /** Rows as `column -> cell`, by table (file name without folder, Engine and ending) . */
  readonly rows: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  readonly missing: readonly { readonly source: string; readonly file: string; readonly reason: string }[];
  readonly progress: readonly SourceProgress[];
  readonly invocations: number;
  /** State in which the request ends, and its archive, if it has one. */
  readonly state: string;
  readonly archive: Buffer | undefined;
}

/** How often Step Functions retries a retryable error (statemachines/retrieve.asl.json). */
const RETRIES = 2;

/** The real clients of a simulator's Engines and Portal. */
export function apisOf(simulator: Simulator) {
  const trust = { mode: 'ca', pem: simulator.caPem } as const;
  const outside = { allowLoopback: true, now: () => new Date(), log: silentLog };
  const ports = new Map(simulator.engines.map(({ name, port }) => [name, port]));
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ name, address }) => ({ host: address, port: ports.get(name)!, trust, answerBytes: 1e9 }),
    timeoutSeconds: 3,
    idleSeconds: 1,
    marker: { statuses: [403], words: ['licen'] },
    pause: async () => {},
    random: () => 0,
  });
  const portalApi = listEnginesApi({ ...outside, url: simulator.portal.url, trust, auth: { mode: 'basic' } });
  return { engineApi, portalApi };
}

/** What a visit to all Engines needs while a caller waits, with leases in memory. @param log where nothing personal may stand */
export const visitPorts = (outside: ReturnType<typeof apisOf>, now: () => Date, log = silentLog) => ({
  ...outside,
  leases: memoryLeases(),
  pause: async () => {},
  federation: undefined,
  clock: { now },
  log,
});

/** Runs `Open Request` and `Query Engine` against simulated Engines over TLS, with stores in memory. */
export async function runEngines(simulator: Simulator, options: EngineRunOptions): Promise<EngineRun> {
  const { requestId } = aRequest();
  const clock = { now: options.now };
  const requests = memoryRequests(aRequest({ subjectKind: options.subject.kind }));
  const [vault, parts, leases] = [memoryVault(), memoryParts(), memoryLeases()];
  await vault.seal(requestId, 'subject', options.subject, new Date());
  await vault.seal(requestId, 'login', simulator.login, new Date());
  const { engineApi, portalApi } = apisOf(simulator);
  const limits = {
    daysBack: options.daysBack ?? 120,
    rowLimit: options.rowLimit ?? 1_000,
    confirmRows: options.confirmRows ?? 40,
    deflateLevel: 1,
  };
  const stores = { requests, vault, parts, leases, headers: memoryHeaders(), engineApi, clock, log: silentLog };
  let invocations = 0;
  const mayStart = options.mayStart ?? (() => true);
  const queryOne = async (engineId: string): Promise<void> => {
    let failures = 0;
    for (let more = true; more; ) {
      try {
        invocations++;
        ({ more } = await queryEngine({ requestId, attempt: 1, engineId }, { ...stores, limits }, mayStart));
      } catch (error) {
        if (!(error instanceof GdprError)) throw error;
        if (error.retryable && failures++ < RETRIES) continue;
        await noteMissing(
          { requestId, attempt: 1, sourceId: engineId, error: error.name },
          { requests, log: silentLog },
        );
        return;
      }
    }
  };
  try {
    const neutralizeFormulas = options.neutralizeFormulas ?? false;
    const opening = { ...stores, portalApi, federation: undefined, neutralizeFormulas };
    const { engineIds } = await openRequest({ requestId, attempt: 1 }, opening);
    const preparing = { ...stores, portalApi, pause: async () => {} };
    const prepared = await prepareEngines({ requestId, attempt: 1, engineIds }, preparing);
    await Promise.all(prepared.map(queryOne));
  } finally {
    await engineApi.close();
  }
  const indexes = (await parts.listIndexes(requestId, 1)).sort(
    (a, b) => a.sourceName.localeCompare(b.sourceName, 'en', { numeric: true }) || a.seq - b.seq,
  );
  const csv = new Map<string, string>();
  const rows = new Map<string, Record<string, string>[]>();
  for (const { file, columns, partKey, offset, deflateBytes } of indexes.flatMap((index) => index.fragments)) {
    const deflated = parts.objects.get(partKey)!.subarray(offset, offset + deflateBytes);
    const text = inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    csv.set(file, (csv.get(file) ?? '') + text);
    const table = /^engines\/(\w+)\./.exec(file)![1]!;
    const found = parseCsv(text).map((cells) =>
      Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ''])),
    );
    rows.set(table, [...(rows.get(table) ?? []), ...found]);
  }
  const missing = indexes.flatMap((index) => index.missing.map((gap) => ({ ...gap, source: index.sourceName })));
  const progress = await requests.listProgress(requestId);
  return { csv, rows, missing, progress, invocations, ...(await finish({ requests, vault, parts, clock })) };
}

/** Merges what was retrieved and closes the request, as the last two tasks do. */
async function finish(stores: {
  readonly requests: ReturnType<typeof memoryRequests>;
  readonly vault: ReturnType<typeof memoryVault>;
  readonly parts: ReturnType<typeof memoryParts>;
  readonly clock: { now(): Date };
}): Promise<Pick<EngineRun, 'state' | 'archive'>> {
  const of = { requestId: aRequest().requestId, attempt: 1 };
  const archives = memoryArchives(stores.parts.objects);
  const settings = archiveSettings();
  const merging = { ...stores, archives, log: silentLog, archiveDays: 7, settings, dictionary: DICTIONARY };
  await mergeParts(of, merging);
  const archive = [...archives.objects.values()][0];
  const { state } = await closeRequest(of, { ...stores, archives, log: silentLog, ...closingPorts() });
  return { state, archive };
}
