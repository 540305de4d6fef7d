import { constants, inflateRawSync } from 'node:zlib';
import type { PartIndex } from '../../modules/archive/fragment.ts';
import { GdprError } from '../../modules/common/errors.ts';
import type { Log } from '../../modules/common/ports.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { type ListEnginesRights, listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { checkLogin } from '../../modules/engines/check-account.ts';
import { openRequest } from '../../modules/engines/open-request.ts';
import { prepareEngines } from '../../modules/engines/prepare-engines.ts';
import { queryEngine } from '../../modules/engines/query-engine.ts';
import type { AccountPolicy, GivenFacts, LicenceMarker } from '../../modules/engines/settings.ts';
import { noteMissing } from '../../modules/lifecycle/note-missing.ts';
import type { Engine } from '../../modules/requests/source.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import { memoryStores } from './stores.ts';
import { recordsOf, textOf } from './tabular.ts';

/** How a retrieval is made, and where its peers are. */
export interface RetrievalGiven {
  readonly subject: Subject;
  readonly login: Login;
  /** The one moment of the whole retrieval, so that a replay asks for the same days. */
  readonly now: Date;
  readonly limits: { readonly daysBack: number; readonly rowLimit: number; readonly confirmRows: number };
  readonly federation: readonly string[] | undefined;
  readonly engines: Readonly<Record<string, GivenFacts>>;
  readonly auth: ListEnginesRights;
  /** Absent in a replay: which Engine proves an account depends on which is faster. */
  readonly account: AccountPolicy | undefined;
  readonly noLicence: LicenceMarker;
  /** Doors on this machine: their CA, the Portal's port, and the port of an Engine, when the Portal has listed it. */
  readonly pem: string;
  readonly portalPort: number;
  readonly onListed: (engines: readonly Engine[]) => Promise<ReadonlyMap<string, number>>;
}

/** What a retrieval brought. */
export interface Retrieved {
  /** State of each Engine, by its name. */
  readonly sources: readonly { readonly name: string; readonly state: string }[];
  /** Columns and rows by path in the archive. */
  readonly files: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  readonly missing: readonly { readonly source: string; readonly file: string; readonly reason: string }[];
}

const TIMEOUT_SECONDS = 300;
/** How often Step Functions retries a retryable error (statemachines/retrieve.asl.json). */
const RETRIES = 2;
const silent: Log = { info: () => {}, warn: () => {} };

/** Runs a retrieval of Engine data by the code that deployed functions run: account check, look-up, headers, queries. */
export async function retrieve(given: RetrievalGiven): Promise<Retrieved> {
  const { subject, login, limits, federation, engines, auth, account } = given;
  const { objects, requestId, ...stores } = memoryStores(subject, given.now);
  await stores.vault.seal(requestId, 'login', login, given.now);
  const trust = { mode: 'ca', pem: given.pem } as const;
  const now = () => given.now;
  const outside = { allowLoopback: true, now: () => new Date(), log: silent };
  const url = `https://127.0.0.1:${given.portalPort}`;
  const portalApi = listEnginesApi({ ...outside, url, trust, auth, engines });
  const ports = await given.onListed(await portalApi.listEngines(login));
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ engineId }) => ({ host: '127.0.0.1', port: ports.get(engineId)!, trust, answerBytes: 2 ** 30 }),
    timeoutSeconds: TIMEOUT_SECONDS,
    idleSeconds: TIMEOUT_SECONDS,
    marker: given.noLicence,
    pause: async () => {},
    random: () => 0,
  });
  const pause = async () => {};
  const common = { ...stores, engineApi, portalApi, federation, clock: { now }, log: silent, pause };
  try {
    if (account) await checkLogin(login, ['engine'], account, common);
    const { engineIds } = await openRequest({ requestId, attempt: 1 }, { ...common, neutralizeFormulas: false });
    const prepared = await prepareEngines({ requestId, attempt: 1, engineIds }, common);
    const working = { ...common, limits: { ...limits, deflateLevel: 1 } };
    for (const engineId of prepared) await queryToTheEnd({ requestId, attempt: 1, engineId }, working);
    const indexes = await stores.parts.listIndexes(requestId, 1);
    const progress = await stores.requests.listProgress(requestId);
    return {
      sources: progress.map(({ name, state }) => ({ name, state })),
      files: rowsByFile(indexes, objects),
      missing: indexes.flatMap((index) =>
        index.missing.map(({ file, reason }) => ({ source: index.sourceName, file, reason })),
      ),
    };
  } finally {
    await engineApi.close();
  }
}

/** One Engine, called again as Step Functions does. */
async function queryToTheEnd(
  event: Parameters<typeof queryEngine>[0],
  ports: Parameters<typeof queryEngine>[1],
): Promise<void> {
  let failures = 0;
  for (let more = true; more; ) {
    try {
      ({ more } = await queryEngine(event, ports, () => true));
    } catch (error) {
      if (!(error instanceof GdprError)) throw error;
      if (error.retryable && failures++ < RETRIES) continue;
      const { requestId, attempt, engineId } = event;
      return noteMissing({ requestId, attempt, sourceId: engineId, error: error.name }, ports);
    }
  }
}

function rowsByFile(indexes: readonly PartIndex[], objects: ReadonlyMap<string, Buffer>): Retrieved['files'] {
  const files = new Map<string, Record<string, string>[]>();
  for (const { file, columns, partKey, offset, deflateBytes } of indexes.flatMap((index) => index.fragments)) {
    const deflated = objects.get(partKey)!.subarray(offset, offset + deflateBytes);
    const text = inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
    const rows = [...recordsOf(text, ',')].map(({ cells }) =>
      Object.fromEntries(columns.map((column, at) => [column, textOf(cells[at] ?? '')])),
    );
    const before = files.get(file) ?? [];
    files.set(file, before);
    for (const row of rows) before.push(row);
  }
  return files;
}
