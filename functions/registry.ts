/** One Lambda function: memory in MB, timeout in seconds, options of Node itself. */
export interface FunctionSpec {
  /** Name of the Lambda, unique; its bundle is `build/functions/<name>/index.mjs`, its rights are a row of infra/access.ts. */
  readonly name: string;
  /** The file that exports `handler`, below `functions/`, without its extension. */
  readonly file: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly nodeOptions?: string;
}

/** ASL placeholder -> function. Read by `infra/` and `local/`: data only. */
export const TASKS = {
  OpenRequestArn: { name: 'open-request', file: 'tasks/open-request', memoryMb: 512, timeoutSeconds: 900 },
  QueryEngineArn: {
    name: 'query-engine',
    file: 'tasks/query-engine',
    memoryMb: 1769,
    timeoutSeconds: 900,
    // Bytes from the network are given back before 64 MB of them wait; measured by `npm run bench -- engine`.
    nodeOptions: '--max-semi-space-size=2',
  },
  NoteMissingArn: { name: 'note-missing', file: 'tasks/note-missing', memoryMb: 256, timeoutSeconds: 30 },
  QueryPortalArn: { name: 'query-portal', file: 'tasks/query-portal', memoryMb: 1769, timeoutSeconds: 900 },
  MergePartsArn: { name: 'merge-parts', file: 'tasks/merge-parts', memoryMb: 1769, timeoutSeconds: 900 },
  CloseRequestArn: { name: 'close-request', file: 'tasks/close-request', memoryMb: 256, timeoutSeconds: 60 },
  AnonymizePortalArn: { name: 'anonymize-portal', file: 'tasks/anonymize-portal', memoryMb: 512, timeoutSeconds: 900 },
  MaintainPortalArn: { name: 'maintain-portal', file: 'tasks/maintain-portal', memoryMb: 512, timeoutSeconds: 900 },
  VerifyPortalArn: { name: 'verify-portal', file: 'tasks/verify-portal', memoryMb: 512, timeoutSeconds: 900 },
} as const satisfies Record<string, FunctionSpec>;

/** What runs by the clock, without a Caller. */
export const SCHEDULES = {
  sweep: { name: 'sweep', file: 'schedules/sweep', memoryMb: 256, timeoutSeconds: 300, everyMinutes: 5 },
  deliverNotices: {
    name: 'deliver-notices',
    file: 'schedules/deliver-notices',
    memoryMb: 256,
    timeoutSeconds: 120,
    everyMinutes: 1,
  },
  processTickets: {
    name: 'process-tickets',
    file: 'schedules/process-tickets',
    memoryMb: 512,
    timeoutSeconds: 300,
    everyMinutes: 1,
  },
  rerunMissing: {
    name: 'rerun-missing',
    file: 'schedules/rerun-missing',
    memoryMb: 256,
    timeoutSeconds: 300,
    everyMinutes: 15,
  },
  // Ends before what it has taken up is due again.
  scanSentinel: {
    name: 'scan-sentinel',
    file: 'schedules/scan-sentinel',
    memoryMb: 512,
    timeoutSeconds: 780,
    everyMinutes: 15,
  },
  anchorAudit: {
    name: 'anchor-audit',
    file: 'schedules/anchor-audit',
    memoryMb: 256,
    timeoutSeconds: 300,
    everyMinutes: 60,
  },
} as const satisfies Record<string, FunctionSpec & { readonly everyMinutes: number }>;

/** HTTP route -> function behind it. 29 s is the ceiling that API Gateway sets. */
export const ROUTES = {
  'POST /v1/requests': { name: 'start-request', file: 'start-request/index', memoryMb: 512, timeoutSeconds: 29 },
  'GET /v1/requests': { name: 'list-requests', file: 'list-requests/index', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}': { name: 'get-request', file: 'get-request/index', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/cancel': {
    name: 'cancel-request',
    file: 'cancel-request/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/approve': {
    name: 'approve-request',
    file: 'approve-request/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/deny': {
    name: 'deny-request',
    file: 'deny-request/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/login': {
    name: 'login-request',
    file: 'login-request/index',
    memoryMb: 512,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/deadline': {
    name: 'change-deadline',
    file: 'change-deadline/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/rerun': {
    name: 'rerun-request',
    file: 'rerun-request/index',
    memoryMb: 512,
    timeoutSeconds: 29,
  },
  'GET /v1/requests/{requestId}/manifest': {
    name: 'get-manifest',
    file: 'get-manifest/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'DELETE /v1/requests/{requestId}/archive': {
    name: 'delete-archive',
    file: 'delete-archive/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /v1/requests/{requestId}/archive': {
    name: 'get-archive',
    file: 'get-archive/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /v1/requests/{requestId}/certificate': {
    name: 'get-certificate',
    file: 'get-certificate/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/requests/{requestId}/certificate/nonce': {
    name: 'get-certificate',
    file: 'get-certificate/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /v1/requests/{requestId}/events': {
    name: 'get-events',
    file: 'get-events/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /v1/anchors': { name: 'get-anchors', file: 'get-anchors/index', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/links': {
    name: 'get-archive',
    file: 'get-archive/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /v1/requests/{requestId}/near-names': {
    name: 'get-near-names',
    file: 'get-near-names/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'POST /v1/preview': { name: 'preview-request', file: 'preview-request/index', memoryMb: 1769, timeoutSeconds: 29 },
  'POST /v1/engines': { name: 'list-engines', file: 'list-engines/index', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/webhooks/{connectionId}': {
    name: 'receive-ticket',
    file: 'receive-ticket/index',
    memoryMb: 256,
    timeoutSeconds: 29,
  },
  'GET /openapi.json': { name: 'describe-api', file: 'describe-api/index', memoryMb: 256, timeoutSeconds: 29 },
  'GET /health': { name: 'describe-api', file: 'describe-api/index', memoryMb: 256, timeoutSeconds: 29 },
} as const satisfies Record<string, FunctionSpec>;

/** HTTP route -> scopes of which a Caller needs one; open to everybody when there are none. API Gateway asks for them, and each function does again. */
export const ROUTE_SCOPES = {
  'POST /v1/requests': ['gdpr.retrieve', 'gdpr.anonymize'], // and the one of its kind
  'GET /v1/requests': ['gdpr.read', 'gdpr.operate', 'gdpr.approve'],
  'GET /v1/requests/{requestId}': ['gdpr.read', 'gdpr.operate', 'gdpr.approve'],
  'POST /v1/requests/{requestId}/cancel': ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'],
  'POST /v1/requests/{requestId}/approve': ['gdpr.approve'],
  'POST /v1/requests/{requestId}/deny': ['gdpr.approve'],
  'POST /v1/requests/{requestId}/login': ['gdpr.retrieve', 'gdpr.anonymize'],
  'POST /v1/requests/{requestId}/deadline': ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'],
  'POST /v1/requests/{requestId}/rerun': ['gdpr.retrieve'],
  'GET /v1/requests/{requestId}/manifest': ['gdpr.download'],
  'DELETE /v1/requests/{requestId}/archive': ['gdpr.retrieve', 'gdpr.operate'],
  'GET /v1/requests/{requestId}/archive': ['gdpr.download'],
  'GET /v1/requests/{requestId}/certificate': ['gdpr.read'],
  'POST /v1/requests/{requestId}/certificate/nonce': ['gdpr.anonymize'],
  'GET /v1/requests/{requestId}/events': ['gdpr.read'],
  'GET /v1/anchors': ['gdpr.read'],
  'POST /v1/requests/{requestId}/links': ['gdpr.download'],
  'GET /v1/requests/{requestId}/near-names': ['gdpr.download'],
  'POST /v1/preview': ['gdpr.retrieve', 'gdpr.anonymize'], // and the one of its kind
  'POST /v1/engines': ['gdpr.retrieve', 'gdpr.anonymize'],
  'POST /v1/webhooks/{connectionId}': [], // signed
  'GET /openapi.json': [], // open: nothing of anybody is in it
  'GET /health': [],
} as const satisfies Record<keyof typeof ROUTES, readonly `gdpr.${string}`[]>;
