/** One Lambda function: memory in MB, timeout in seconds, options of Node itself. */
export interface FunctionSpec {
  /** Name of the Lambda, unique; its bundle is `build/functions/<name>/index.mjs`, its rights are a row of infra/access.yaml. */
  readonly name: string;
  /** The file that exports `handler`, below `functions/`, without its extension. */
  readonly file: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly nodeOptions?: string;
}

const fn = <Name extends string>(folder: string, name: Name, memoryMb: number, timeoutSeconds: number) => ({
  name,
  file: `${folder}/${name}`,
  memoryMb,
  timeoutSeconds,
});

/** ASL placeholder -> function. Read by `infra/` and `local/`: data only. */
export const TASKS = {
  OpenRequestArn: fn('tasks', 'open-request', 512, 900),
  PrepareEnginesArn: fn('tasks', 'prepare-engines', 512, 600),
  // Network buffers are freed before 64 MB of them accumulate, by one thread: there is one core. See `npm run bench -- engine`.
  QueryEngineArn: {
    ...fn('tasks', 'query-engine', 1769, 900),
    nodeOptions: '--max-semi-space-size=2 --v8-pool-size=1',
  },
  NoteMissingArn: fn('tasks', 'note-missing', 256, 30),
  QueryPortalArn: fn('tasks', 'query-portal', 1769, 900),
  MergePartsArn: fn('tasks', 'merge-parts', 1769, 900),
  CloseRequestArn: fn('tasks', 'close-request', 256, 60),
  AnonymizePortalArn: fn('tasks', 'anonymize-portal', 512, 900),
  MaintainPortalArn: fn('tasks', 'maintain-portal', 512, 900),
  VerifyPortalArn: fn('tasks', 'verify-portal', 512, 900),
} as const satisfies Record<string, FunctionSpec>;

/** Functions that run on a schedule, without a Caller. Each has its own rights and its own alarm. */
export const SCHEDULES = {
  sweep: { ...fn('schedules', 'sweep', 256, 300), everyMinutes: 5 },
  deliverNotices: { ...fn('schedules', 'deliver-notices', 256, 120), everyMinutes: 1 },
  processTickets: { ...fn('schedules', 'process-tickets', 512, 300), everyMinutes: 1 },
  rerunMissing: { ...fn('schedules', 'rerun-missing', 256, 300), everyMinutes: 15 },
  // Shorter than CLAIM_MS of a scan.
  scanSentinel: { ...fn('schedules', 'scan-sentinel', 512, 780), everyMinutes: 15 },
  checkRemovals: { ...fn('schedules', 'check-removals', 512, 300), everyMinutes: 60 },
  anchorAudit: { ...fn('schedules', 'anchor-audit', 256, 300), everyMinutes: 60 },
} as const satisfies Record<string, FunctionSpec & { readonly everyMinutes: number }>;

/** API Gateway ends a call after 29 s. */
const api = <Name extends string>(name: Name, memoryMb: number) => fn('api', name, memoryMb, 29);

const READ = api('read', 256);
const START = api('start', 512);
const PREVIEW = api('preview', 1769);
const DELIVER = api('deliver', 256);
const OPERATE = api('operate', 256);
const GET_CERTIFICATE = api('get-certificate', 256);
const DESCRIBE_API = api('describe-api', 256);

const STARTERS = ['gdpr.retrieve', 'gdpr.anonymize'] as const;
const READERS = ['gdpr.read', 'gdpr.operate', 'gdpr.approve'] as const;

/** HTTP route -> function behind it, and the scopes of which a Caller needs one. Routes that need the same rights share a function. */
const API = {
  'POST /v1/requests': [START, STARTERS], // and the one of its kind
  'GET /v1/requests': [READ, READERS],
  'GET /v1/requests/{requestId}': [READ, READERS],
  'POST /v1/requests/{requestId}/cancel': [OPERATE, [...STARTERS, 'gdpr.operate']],
  'POST /v1/requests/{requestId}/approve': [OPERATE, ['gdpr.approve']],
  'POST /v1/requests/{requestId}/deny': [OPERATE, ['gdpr.approve']],
  'POST /v1/requests/{requestId}/login': [START, STARTERS],
  'POST /v1/requests/{requestId}/deadline': [OPERATE, [...STARTERS, 'gdpr.operate']],
  'POST /v1/requests/{requestId}/handover': [OPERATE, [...STARTERS, 'gdpr.operate']],
  'POST /v1/requests/{requestId}/rerun': [START, ['gdpr.retrieve']],
  'GET /v1/requests/{requestId}/manifest': [DELIVER, ['gdpr.download']],
  'DELETE /v1/requests/{requestId}/archive': [OPERATE, ['gdpr.retrieve', 'gdpr.operate']],
  'GET /v1/requests/{requestId}/archive': [DELIVER, ['gdpr.download']],
  'GET /v1/requests/{requestId}/certificate': [GET_CERTIFICATE, ['gdpr.read']],
  'POST /v1/requests/{requestId}/certificate/nonce': [GET_CERTIFICATE, ['gdpr.anonymize']],
  'GET /v1/requests/{requestId}/events': [READ, ['gdpr.read']],
  'GET /v1/anchors': [READ, ['gdpr.read']],
  'POST /v1/requests/{requestId}/links': [DELIVER, ['gdpr.download']],
  'POST /v1/preview': [PREVIEW, STARTERS], // and the one of its kind
  'POST /v1/engines': [PREVIEW, STARTERS],
  'POST /v1/subjects': [PREVIEW, STARTERS],
  'POST /v1/names': [PREVIEW, ['gdpr.operate']],
  'GET /v1/doctor': [api('doctor', 1024), ['gdpr.operate']],
  'POST /v1/devices/where': [START, [...STARTERS, 'gdpr.operate']],
  'POST /v1/redirection': [PREVIEW, [...STARTERS, 'gdpr.operate']],
  'POST /v1/webhooks/{connectionId}': [api('receive-ticket', 256), []], // signed
  'GET /openapi.json': [DESCRIBE_API, []], // open: no personal data
  'GET /health': [DESCRIBE_API, []],
} as const satisfies Record<string, readonly [FunctionSpec, readonly `gdpr.${string}`[]]>;
type Api = typeof API;

const column = (at: 0 | 1) => Object.fromEntries(Object.entries(API).map(([route, row]) => [route, row[at]]));

export const ROUTES = column(0) as { readonly [Route in keyof Api]: Api[Route][0] };

/** HTTP route -> scopes. A route without scopes is open. API Gateway checks them, and each function checks them again. */
export const ROUTE_SCOPES = column(1) as { readonly [Route in keyof Api]: Api[Route][1] };

/** Checks the tokens of a private API; an HTTP API does it by itself. */
export const AUTHORIZER: FunctionSpec = fn('api', 'authorize', 256, 10);

/** Every function once, but for the authorizer, which only a private API has. */
export const FUNCTIONS: readonly FunctionSpec[] = [
  ...new Set([...Object.values(TASKS), ...Object.values(ROUTES), ...Object.values(SCHEDULES)]),
];
