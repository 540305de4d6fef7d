import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FUNCTIONS, type FunctionSpec, ROUTE_SCOPES, ROUTES, SCHEDULES, TASKS } from '../functions/registry.ts';
import type { Scope } from '../modules/requests/caller.ts';
import type { Login } from '../modules/requests/start-body.ts';
import { startApiGateway } from './aws/api-gateway.ts';
import { type AwsCall, CallRecorder } from './aws/call-recorder.ts';
import { startClockWork } from './aws/clock-work.ts';
import type { ExecutionRecord } from './aws/executions/execution.ts';
import { loadMachines } from './aws/executions/state-machines.ts';
import { StepFunctions } from './aws/executions/step-functions.ts';
import { startKeysAndSecrets } from './aws/keys-and-secrets.ts';
import { LambdaHost } from './aws/lambda-host.ts';
import { WORKER } from './aws/lambda-sandbox.ts';
import { CallGuard } from './aws/limits/call-guard.ts';
import type { LaggingIndexes } from './aws/limits/lagging-indexes.ts';
import { LambdaImage } from './aws/limits/lambda-image.ts';
import type { FixedAddress } from './aws/loopback.ts';
import { startObjects } from './aws/objects.ts';
import { StoreFaults } from './aws/store-faults.ts';
import { startTables } from './aws/tables.ts';
import { buildFunctions } from './build.ts';
import { buildConsole } from './build-console.ts';
import type { Config } from './config/config.ts';
import { secretFor } from './config/named-secrets.ts';
import { openOperator } from './config/operator.ts';
import { type Part, simulatedLine } from './config/parts.ts';
import { Documents } from './documents.ts';
import { BUCKET, clientEnvironment, functionEnvironment, INDEXES, TABLES } from './environment.ts';
import { CompanyIdentity } from './identity/company-identity.ts';
import { ISSUER_PATH, LocalIdentity } from './identity/local-identity.ts';
import type { MachineClient, Person } from './identity/people.ts';
import { nexthinkSecrets, startNexthink } from './nexthink.ts';
import type { LocalOptions } from './options.ts';
import { allDone, Pieces } from './pieces.ts';
import type { PortalDatabaseServer } from './portal-database/portal-database.ts';
import type { Simulator } from './simulator/simulator.ts';
import { startTicketSystem } from './ticket-system/ticket-system.ts';

/** The whole system on this machine, while it runs. */
export interface LocalSystem {
  readonly apiUrl: string;
  /** Bearer token of the API, good for 12 hours. */
  readonly token: string;
  /** A token of another Caller, with some scopes or all. */
  tokenFor(username: string, scopes?: readonly Scope[]): Promise<string>;
  /** The company's OpenID provider, where it is named: then no sample person can log in. */
  readonly issuer: string | undefined;
  /** The operator's: all scopes. */
  readonly consoleLogin: Login;
  /** Others who may log in, with fewer scopes. */
  readonly otherPeople: readonly Person[];
  /** Client credentials of a program. */
  readonly machine: MachineClient;
  /** Which parts are real, and which are simulated. */
  readonly parts: readonly Part[];
  /** Sample Nexthink account, Data privacy "none (full access)". @throws {RealPartError} */
  readonly login: Login;
  /** Sample Subjects; none where the Engines are real. */
  readonly users: readonly string[];
  readonly devices: readonly string[];
  /** @throws {RealPartError} Portal API and Engines are real */
  readonly simulator: Simulator;
  /** Address of the simulated ticket system, where one was started. */
  readonly ticketsUrl: string | undefined;
  readonly portal: PortalDatabaseServer;
  /** Output of all functions. */
  readonly logFile: string;
  /** Executions with their events, JSON lines. */
  readonly executionsFile: string;
  /** Lets DynamoDB and S3 fail. */
  readonly storeFaults: StoreFaults;
  /** Lets KMS, Secrets Manager and Step Functions fail. */
  readonly serviceFaults: StoreFaults;
  /** Calls a function, as its schedule does; with an event, as another service of AWS does. */
  invoke(name: string, event?: object): Promise<unknown>;
  /** Every execution with its events, from disk. */
  history(): unknown[];
  /** Executions that run now. */
  running(): readonly ExecutionRecord[];
  /** Peak memory of each function's processes, MB. */
  functionPeaks(): Record<string, number>;
  /** Calls of functions that were refused since too many ran; only under `limits`. */
  throttledCalls(): number;
  /** Calls of functions that their roles were denied; only under `limits`. */
  deniedCalls(): readonly AwsCall[];
  /** Lets indexes catch up; only under `limits`. */
  readonly indexes: LaggingIndexes | undefined;
  /** Environment in which the SDK clients of another process find the stand-ins. */
  readonly awsEnvironment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Routes that need no scope need no token. */
const OPEN_ROUTES = Object.keys(ROUTES).filter((route) => ROUTE_SCOPES[route as keyof typeof ROUTES].length === 0);

const PROJECT = resolve(import.meta.dirname, '..');
const FUNCTIONS_DIR = join(PROJECT, 'build/functions');

/**
 * Starts everything: simulated Engines, a real PostgreSQL as Portal database, the stand-ins for AWS, and the API.
 * @throws when a piece cannot start; then nothing keeps running
 */
export async function startLocalSystem(options: LocalOptions = {}): Promise<LocalSystem> {
  const pieces = new Pieces();
  try {
    return await start(options, pieces);
  } catch (error) {
    await pieces.stop().catch(() => {});
    throw error;
  }
}

async function start(options: LocalOptions, pieces: Pieces): Promise<LocalSystem> {
  const dataDir = await openDataDir(options.dataDir, pieces);
  const within = (name: string): string => join(dataDir, name);
  const tablesDir = options.dataDir === undefined ? undefined : within('tables');
  const [storeFaults, serviceFaults] = [new StoreFaults(), new StoreFaults()];
  const { recorder = CallRecorder.everywhere, limits } = options;
  const guard = limits?.mayCall && new CallGuard(limits.mayCall);
  const [logFile, executionsFile] = [within('functions.log'), within('executions.jsonl')];
  const operator = openOperator(options, dataDir);
  const { config, parts } = operator;
  const [nexthink, tables, objects, people, { folder: bundleDir }, consoleDir] = await allDone([
    startNexthink(options, pieces, operator),
    pieces.add(
      startTables(tablesDir, Object.values(TABLES), {
        indexes: INDEXES,
        faults: storeFaults,
        recorder,
        guard,
        indexLagMs: limits?.indexLagMs,
      }),
    ),
    pieces.add(startObjects(within('objects'), BUCKET, { faults: storeFaults, recorder, guard })),
    LocalIdentity.open(within('secrets')),
    options.bundles === undefined ? buildFunctions(FUNCTIONS_DIR) : Promise.resolve({ folder: options.bundles }),
    buildConsole(),
  ]);
  const { simulator, portal } = nexthink;
  const { identityProvider } = config;
  const identity = identityProvider ? new CompanyIdentity(identityProvider, people) : people;
  let apiUrl = '';
  const tickets =
    options.ticketPort === undefined || !simulator || Object.keys(config.connections).length > 0
      ? undefined
      : await pieces.add(
          startTicketSystem({
            port: options.ticketPort,
            ...(options.dataDir !== undefined && { file: within('tickets.json') }),
            apiUrl: () => apiUrl,
            samples: simulator.users.slice(0, 4),
            recipients: ['operator', 'dpo'].map((username) => people.idOf(username)),
            isReal: portal.isGiven === true,
          }),
        );
  const secrets = new Map([...nexthinkSecrets(nexthink, config), ...(tickets?.secrets ?? [])]);
  const keysAndSecrets = await pieces.add(
    startKeysAndSecrets(within('secrets/seal.key'), secrets, secretFor(operator), recorder, serviceFaults, guard),
  );
  const environment: Record<string, string> = {};
  const names = FUNCTIONS.map(({ name }) => name);
  const image = limits?.lambda && (await pieces.add(LambdaImage.make(bundleDir, names, WORKER)));
  const host = new LambdaHost({
    bundleDir,
    functions: FUNCTIONS.map((spec) => withOptions(spec, options.nodeOptions)),
    environment: () => environment,
    logFile,
    limits,
    confine:
      image &&
      (({ name, memoryMb }) => image.confine(name, memoryMb, limits.lambda!.variables[name] ?? {}, environment)),
  });
  await pieces.add(host);
  const documents = await pieces.add(new Documents(objects.url, operator.file, nexthink, options.portal?.mapping));
  const invoke = async (name: string, event: unknown, isEvent = false) => {
    await documents.keepUp();
    return await host.invoke(name, event, isEvent);
  };
  const stepFunctions = new StepFunctions({
    machines: await loadMachines(join(PROJECT, 'statemachines'), TASKS),
    invoke,
    closer: TASKS.CloseRequestArn.name,
    journalFile: executionsFile,
    maxEvents: limits?.historyEvents,
  });
  await pieces.add(stepFunctions);
  const endpoints = { objects: objects.url, tables: tables.url, keysAndSecrets: keysAndSecrets.url };
  const stepFunctionsUrl = await stepFunctions.listen(recorder, serviceFaults, guard);
  const forFunctions = { engineTimeoutSeconds: options.engineTimeoutSeconds, identityProvider };
  Object.assign(environment, functionEnvironment({ ...endpoints, stepFunctions: stepFunctionsUrl }, forFunctions));
  const api = await pieces.add(
    startApiGateway({
      routes: ROUTES,
      openRoutes: OPEN_ROUTES,
      invoke,
      identity,
      scopes: limits?.gatewayScopes ? ROUTE_SCOPES : undefined,
      signers: limits?.signers,
      consoleDir,
      consoleConfig: () => ({ ...identity.consoleConfig, notice: simulatedLine(parts) }),
      listen: listenAt(options, config),
    }),
  );
  apiUrl = api.url;
  people.servedAt(apiUrl);
  environment.JWT_ISSUER = identityProvider?.issuer ?? `${apiUrl}${ISSUER_PATH}`;
  environment.DATA_FOLDER = dataDir;
  await documents.put(tickets && { connections: tickets.connections, consoleUrl: `${apiUrl}/` });
  stepFunctions.abortLost();
  await pieces.add(
    startClockWork({
      schedules: options.byClock ? Object.values(SCHEDULES) : [],
      invoke,
      tablesUrl: tables.url,
      tables: Object.values(TABLES),
      logFile,
      forgetOld: () => stepFunctions.forgetOld(),
    }),
  );
  const [first, ...otherPeople] = people.people.all;
  const simulated = () => {
    if (!simulator) throw new RealPartError();
    return simulator;
  };
  return {
    apiUrl,
    token: await people.issue(first!.username),
    tokenFor: (username, scopes) => people.issue(username, scopes),
    consoleLogin: { username: first!.username, password: first!.password },
    otherPeople,
    machine: people.machine,
    parts,
    issuer: identityProvider?.issuer,
    get login() {
      return simulated().login;
    },
    users: simulator?.users ?? [],
    devices: simulator?.devices ?? [],
    get simulator() {
      return simulated();
    },
    ticketsUrl: tickets?.url,
    portal,
    logFile,
    executionsFile,
    storeFaults,
    serviceFaults,
    invoke: (name, event = {}) => invoke(name, event, true),
    history: () => stepFunctions.history(),
    running: () => stepFunctions.running(),
    functionPeaks: () => host.peaks(),
    throttledCalls: () => host.throttled(),
    deniedCalls: () => guard?.denied ?? [],
    indexes: tables.indexes,
    awsEnvironment: clientEnvironment(environment),
    stop: () => pieces.stop(),
  };
}

const withOptions = (spec: FunctionSpec, more: string | undefined): FunctionSpec =>
  more === undefined ? spec : { ...spec, nodeOptions: [spec.nodeOptions, more].filter(Boolean).join(' ') };

/** Nothing simulates a part that is real. */
class RealPartError extends Error {
  override readonly name = 'RealPartError';
  constructor() {
    super('Portal API and Engines are real here: there is no simulator');
  }
}

/** A port that somebody named is taken alone; another one takes the place of ours. */
function listenAt({ port, apiPort = 0 }: LocalOptions, { listen }: Config): number | FixedAddress {
  if (port === undefined && listen === undefined) return apiPort;
  return { address: listen?.address ?? '127.0.0.1', port: port ?? listen!.port };
}

async function openDataDir(dataDir: string | undefined, pieces: Pieces): Promise<string> {
  if (dataDir !== undefined) {
    await mkdir(dataDir, { recursive: true });
    return resolve(dataDir);
  }
  const folder = await mkdtemp(join(tmpdir(), 'nexthink-gdpr-'));
  await pieces.add({ stop: () => rm(folder, { recursive: true, force: true }) });
  return folder;
}
