/** One Lambda function: its folder under `functions/`, memory in MB, timeout in seconds, options of Node itself. */
export interface FunctionSpec {
  readonly folder: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly nodeOptions?: string;
}

/** ASL placeholder -> function. Read by `infra/` and `local/`: data only. */
export const TASKS = {
  OpenRequestArn: { folder: 'open-request', memoryMb: 512, timeoutSeconds: 900 },
  QueryEngineArn: {
    folder: 'query-engine',
    memoryMb: 1769,
    timeoutSeconds: 900,
    // Bytes from the network are given back before 64 MB of them wait; measured by `npm run bench -- engine`.
    nodeOptions: '--max-semi-space-size=2',
  },
  NoteMissingArn: { folder: 'note-missing', memoryMb: 256, timeoutSeconds: 30 },
  QueryPortalArn: { folder: 'query-portal', memoryMb: 1769, timeoutSeconds: 900 },
  MergePartsArn: { folder: 'merge-parts', memoryMb: 1769, timeoutSeconds: 900 },
  CloseRequestArn: { folder: 'close-request', memoryMb: 256, timeoutSeconds: 60 },
  AnonymizePortalArn: { folder: 'anonymize-portal', memoryMb: 512, timeoutSeconds: 900 },
  MaintainPortalArn: { folder: 'maintain-portal', memoryMb: 512, timeoutSeconds: 900 },
  VerifyPortalArn: { folder: 'verify-portal', memoryMb: 512, timeoutSeconds: 900 },
} as const satisfies Record<string, FunctionSpec>;

/** The sweeper: by its schedule, and on demand. */
const SWEEP = { folder: 'sweep', memoryMb: 256, timeoutSeconds: 300 } as const;

/** What runs by the clock, without a Caller. */
export const SCHEDULES = {
  sweep: { ...SWEEP, everyMinutes: 5 },
  deliverOutbox: { folder: 'deliver-outbox', memoryMb: 256, timeoutSeconds: 120, everyMinutes: 1 },
  workTickets: { folder: 'work-tickets', memoryMb: 512, timeoutSeconds: 300, everyMinutes: 1 },
  rerunMissing: { folder: 'rerun-missing', memoryMb: 256, timeoutSeconds: 300, everyMinutes: 15 },
  // Ends before what it has taken up is due again.
  scanSentinel: { folder: 'scan-sentinel', memoryMb: 512, timeoutSeconds: 780, everyMinutes: 15 },
  anchorAudit: { folder: 'anchor-audit', memoryMb: 256, timeoutSeconds: 300, everyMinutes: 60 },
} as const satisfies Record<string, FunctionSpec & { readonly everyMinutes: number }>;

/** HTTP route -> function behind it. 29 s is the ceiling that API Gateway sets. */
export const ROUTES = {
  'POST /v1/requests': { folder: 'start-request', memoryMb: 512, timeoutSeconds: 29 },
  'GET /v1/requests': { folder: 'list-requests', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}': { folder: 'get-request', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/cancel': { folder: 'cancel-request', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/approve': { folder: 'approve-request', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/deny': { folder: 'deny-request', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/login': { folder: 'login-request', memoryMb: 512, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/deadline': { folder: 'change-deadline', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/rerun': { folder: 'rerun-request', memoryMb: 512, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}/manifest': { folder: 'get-manifest', memoryMb: 256, timeoutSeconds: 29 },
  'DELETE /v1/requests/{requestId}/archive': { folder: 'delete-archive', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}/archive': { folder: 'get-archive', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}/certificate': { folder: 'get-certificate', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/certificate/nonce': { folder: 'get-certificate', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}/events': { folder: 'get-events', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/anchors': { folder: 'get-anchors', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/requests/{requestId}/links': { folder: 'get-archive', memoryMb: 256, timeoutSeconds: 29 },
  'GET /v1/requests/{requestId}/near-names': { folder: 'get-near-names', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/preview': { folder: 'preview-request', memoryMb: 1769, timeoutSeconds: 29 },
  'POST /v1/sweep': SWEEP,
  'POST /v1/engines': { folder: 'list-engines', memoryMb: 256, timeoutSeconds: 29 },
  'POST /v1/webhooks/{connectionId}': { folder: 'receive-ticket', memoryMb: 256, timeoutSeconds: 29 },
  'GET /openapi.json': { folder: 'describe-api', memoryMb: 256, timeoutSeconds: 29 },
  'GET /health': { folder: 'describe-api', memoryMb: 256, timeoutSeconds: 29 },
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
  'POST /v1/sweep': ['gdpr.operate'],
  'POST /v1/engines': ['gdpr.retrieve', 'gdpr.anonymize'],
  'POST /v1/webhooks/{connectionId}': [], // signed
  'GET /openapi.json': [], // open: nothing of anybody is in it
  'GET /health': [],
} as const satisfies Record<keyof typeof ROUTES, readonly `gdpr.${string}`[]>;
