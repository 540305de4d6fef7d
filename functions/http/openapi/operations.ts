import type { ROUTES } from '../../registry.ts';
import type { ProblemName } from '../problems.ts';
import type { ComponentName } from './components.ts';
import type { HeaderName, ParameterName } from './parameters.ts';

/** One successful answer. */
interface Answer {
  readonly description: string;
  /** Absent when the answer has no body. */
  readonly body?: ComponentName;
  readonly headers?: readonly HeaderName[];
}

/** One route in the OpenAPI document. Its scopes come from functions/registry.ts, its path parameters from the path. */
export interface Operation {
  /** Name of the call in the client. */
  readonly operationId: string;
  readonly tag: 'Requests' | 'Archives' | 'Proofs' | 'Tickets' | 'Before a request' | 'Upkeep' | 'About the API';
  readonly summary: string;
  readonly parameters?: readonly ParameterName[];
  readonly body?: ComponentName;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Problems of this route; document.ts adds those of every route. */
  readonly problems?: readonly ProblemName[];
}

const ACCOUNT = [
  'LoginRefusedError',
  'LoginInsufficientError',
  'LoginNotVerifiableError',
  'PortalApiUnavailableError',
  'NoFederatedEngineError',
  'SettingsError',
  'TooManyCallsError',
] as const;
/** Of the calls that start work. A machine may name the service account. */
const GIVEN = [...ACCOUNT, 'ServiceAccountError', 'NotStartedError'] as const;
/** Of the calls with an `Idempotency-Key`. */
const ONCE = ['IdempotencyKeyError', 'IdempotencyConflictError', 'RequestInFlightError'] as const;
const GONE = ['WrongStateError', 'ArchiveExpiredError', 'ArchiveDestroyedError'] as const;
const requests = { tag: 'Requests' } as const;
const archives = { tag: 'Archives' } as const;
const proofs = { tag: 'Proofs' } as const;
const ok = (description: string, body: ComponentName) => ({ 200: { description, body } });
const view = (description: string) => ({ description, body: 'RequestView' }) as const;
/** 202 until the request has ended. */
const shown = { 200: view('The request, which has ended'), 202: view('The request, which has not ended') } as const;
const started = { 202: { ...view('Started'), headers: ['Location'] } } as const;

/** Every route of the HTTP API. `npm run generate` makes the OpenAPI document and the client from it. */
export const OPERATIONS: Readonly<Record<keyof typeof ROUTES, Operation>> = {
  'POST /v1/requests': {
    ...requests,
    operationId: 'startRequest',
    summary: 'Start a retrieval or an anonymization',
    parameters: ['idempotencyKey'],
    body: 'StartRequest',
    answers: { 202: { ...started[202], body: 'StartedView' } },
    problems: [...ONCE, ...GIVEN, 'NightlyJobsError', 'SubjectBusyError', 'TooManyRequestsError'],
  },
  'GET /v1/requests/{requestId}': {
    ...requests,
    operationId: 'getRequest',
    summary: 'Get the state of a request and the progress of each source',
    parameters: ['prefer', 'ifNoneMatch'],
    answers: {
      200: { ...view('The request'), headers: ['ETag', 'Preference-Applied'] },
      304: { description: 'Unchanged since the version that the caller has', headers: ['ETag', 'Preference-Applied'] },
    },
  },
  'GET /v1/requests': {
    ...requests,
    operationId: 'listRequests',
    summary: "List the caller's requests, newest first, in pages",
    parameters: ['limit', 'cursor', 'state', 'reference'],
    answers: ok('One page', 'RequestsView'),
  },
  'POST /v1/requests/{requestId}/cancel': {
    ...requests,
    operationId: 'cancelRequest',
    summary: 'Cancel a request and delete what it has stored',
    answers: shown,
    problems: ['WrongStateError'],
  },
  'POST /v1/requests/{requestId}/approve': {
    ...requests,
    operationId: 'approveRequest',
    summary: "Approve another person's request",
    body: 'Approve',
    answers: shown,
    problems: ['WrongStateError', 'OwnApprovalError', 'SettingsError'],
  },
  'POST /v1/requests/{requestId}/deny': {
    ...requests,
    operationId: 'denyRequest',
    summary: 'Deny a request that waits for approval',
    body: 'Deny',
    answers: shown,
    problems: ['WrongStateError'],
  },
  'POST /v1/requests/{requestId}/login': {
    ...requests,
    operationId: 'loginRequest',
    summary: 'Send the login that a request waits for',
    body: 'GivenLogin',
    answers: shown,
    problems: ['WrongStateError', 'NightlyJobsError', 'SubjectBusyError', 'SealedItemGoneError', ...GIVEN],
  },
  'POST /v1/requests/{requestId}/deadline': {
    ...requests,
    operationId: 'changeDeadline',
    summary: 'Pause, resume or extend the deadline',
    body: 'Deadline',
    answers: { 200: view('The request') },
    problems: ['WrongStateError', 'DeadlineError', 'SettingsError'],
  },
  'POST /v1/requests/{requestId}/rerun': {
    ...requests,
    operationId: 'rerunRequest',
    summary: 'Query the missing sources of a request again: one that completed with errors, or failed',
    parameters: ['idempotencyKey'],
    body: 'GivenLogin',
    answers: started,
    problems: ['AmbiguousSubjectError', ...ONCE, ...GIVEN, ...GONE, 'TooManyRequestsError'],
  },
  'GET /v1/requests/{requestId}/manifest': {
    ...archives,
    operationId: 'getManifest',
    summary: 'List what the archive contains and what is missing',
    answers: ok('The manifest', 'Manifest'),
    problems: [...GONE],
  },
  'GET /v1/requests/{requestId}/archive': {
    ...archives,
    operationId: 'getArchive',
    summary: 'Redirect to the archive with a new link',
    answers: { 303: { description: 'Redirect to the archive', headers: ['Location'] } },
    problems: [...GONE],
  },
  'DELETE /v1/requests/{requestId}/archive': {
    ...archives,
    operationId: 'deleteArchive',
    summary: 'Delete the archive after it was handed over',
    answers: { 204: { description: 'Deleted' } },
    problems: [...GONE],
  },
  'POST /v1/requests/{requestId}/links': {
    ...archives,
    operationId: 'createLink',
    summary: 'Create a link to the archive, for web pages',
    answers: ok('The link', 'Link'),
    problems: [...GONE],
  },
  'GET /v1/requests/{requestId}/near-names': {
    ...archives,
    operationId: 'getNearNames',
    summary: 'Other accounts of the same person',
    answers: ok('Names; the archive holds no data about them', 'NearNames'),
  },
  'GET /v1/requests/{requestId}/certificate': {
    ...proofs,
    operationId: 'getCertificate',
    summary: 'Get the signed proof of an anonymization',
    answers: ok('The certificate', 'SignedCertificate'),
    problems: ['CertificateUnavailableError'],
  },
  'POST /v1/requests/{requestId}/certificate/nonce': {
    ...proofs,
    operationId: 'takeNonce',
    summary: "Take the key of the certificate's commitment; possible once",
    answers: ok('The key, which the system no longer keeps', 'Nonce'),
    problems: ['CertificateUnavailableError'],
  },
  'GET /v1/requests/{requestId}/events': {
    ...proofs,
    operationId: 'listEvents',
    summary: 'List the audit trail: who did what and when, in a hash chain',
    parameters: ['after'],
    answers: ok('One page, oldest first', 'EventsView'),
  },
  'GET /v1/anchors': {
    ...proofs,
    operationId: 'listAnchors',
    summary: 'List the time-stamped ends of audit trails',
    parameters: ['afterTime'],
    answers: ok('One page, oldest first', 'AnchorsView'),
  },
  'POST /v1/preview': {
    tag: 'Before a request',
    operationId: 'preview',
    summary: 'Count what the Portal holds about a name',
    body: 'Preview',
    answers: ok('The preview', 'PreviewView'),
    problems: [...ACCOUNT, 'PortalMappingError', 'PreviewTimeoutError', 'PortalDatabaseUnavailableError'],
  },
  'POST /v1/engines': {
    tag: 'Before a request',
    operationId: 'listEngines',
    summary: 'List the Engines and their states',
    body: 'LoginOnly',
    answers: ok('The Engines', 'EnginesView'),
    problems: [...ACCOUNT],
  },
  'POST /v1/subjects': {
    tag: 'Before a request',
    operationId: 'findSubjects',
    summary: 'List the accounts or devices that a name may mean',
    body: 'FindSubjects',
    answers: ok('The accounts', 'SubjectsView'),
    problems: [...ACCOUNT],
  },
  'POST /v1/webhooks/{connectionId}': {
    tag: 'Tickets',
    operationId: 'receiveTicket',
    summary: 'Receive a signed webhook of a ticketing system',
    body: 'TicketEvent',
    answers: { 200: { description: 'Already accepted' }, 202: { description: 'Accepted' } },
    problems: ['SignatureRefusedError', 'BodyTooLargeError', 'UnsupportedMediaTypeError'],
  },
  'GET /openapi.json': {
    tag: 'About the API',
    operationId: 'describeApi',
    summary: 'Get this document',
    answers: ok('OpenAPI 3.1', 'OpenApi'),
  },
  'GET /health': {
    tag: 'About the API',
    operationId: 'getHealth',
    summary: 'Check that the API answers',
    answers: ok('The API answers', 'Health'),
  },
};
