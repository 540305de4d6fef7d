import type { ROUTES } from '../../registry.ts';
import type { ProblemName } from '../problems.ts';
import type { ComponentName } from './components.ts';
import type { HeaderName, ParameterName } from './parameters.ts';

/** One answer that is no refusal. */
interface Answer {
  readonly description: string;
  /** None for an answer without a body. */
  readonly body?: ComponentName;
  readonly headers?: readonly HeaderName[];
}

/** What the OpenAPI document says of one route, besides its scopes (functions/registry.ts) and the parameters of its path. */
export interface Operation {
  /** Name of the call in the client. */
  readonly operationId: string;
  readonly tag: 'Requests' | 'Archives' | 'Proofs' | 'Tickets' | 'Before a request' | 'Upkeep' | 'About the API';
  readonly summary: string;
  readonly parameters?: readonly ParameterName[];
  readonly body?: ComponentName;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals of its own; those of every route are added in document.ts. */
  readonly problems: readonly ProblemName[];
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
/** Where work is started; machines may name the service account. */
const GIVEN = [...ACCOUNT, 'ServiceAccountError', 'NotStartedError'] as const;
/** Of the calls that start work: a repeat under the same key starts nothing twice. */
const ONCE = ['IdempotencyKeyError', 'IdempotencyConflictError', 'RequestInFlightError'] as const;
const GONE = ['WrongStateError', 'ArchiveExpiredError', 'ArchiveDestroyedError'] as const;
const requests = { tag: 'Requests' } as const;
const archives = { tag: 'Archives' } as const;
const proofs = { tag: 'Proofs' } as const;
const view = (description: string) => ({ description, body: 'RequestView' }) as const;
/** 202 as long as something is still to come. */
const shown = { 200: view('It has ended'), 202: view('Something is still to come') } as const;
const started = { 202: { ...view('Started'), headers: ['Location'] } } as const;

/** Every route of the HTTP API, described: the OpenAPI document and the client are made from it by `npm run generate`. */
export const OPERATIONS: Readonly<Record<keyof typeof ROUTES, Operation>> = {
  'POST /v1/requests': {
    ...requests,
    operationId: 'startRequest',
    summary: 'Start a retrieval or an anonymization',
    parameters: ['idempotencyKey'],
    body: 'StartRequest',
    answers: { 202: { description: 'Started', body: 'StartedView', headers: ['Location'] } },
    problems: [...ONCE, ...GIVEN, 'NightlyJobsError', 'SubjectBusyError', 'TooManyRequestsError'],
  },
  'GET /v1/requests/{requestId}': {
    ...requests,
    operationId: 'getRequest',
    summary: 'State of a request, with the progress of each source',
    parameters: ['prefer', 'ifNoneMatch'],
    answers: {
      200: { ...view('The request'), headers: ['ETag', 'Preference-Applied'] },
      304: { description: 'It is as the caller has it', headers: ['ETag', 'Preference-Applied'] },
    },
    problems: [],
  },
  'GET /v1/requests': {
    ...requests,
    operationId: 'listRequests',
    summary: "The caller's requests, newest first, a page at a time",
    parameters: ['limit', 'cursor', 'state', 'reference'],
    answers: { 200: { description: 'A page', body: 'RequestsView' } },
    problems: [],
  },
  'POST /v1/requests/{requestId}/cancel': {
    ...requests,
    operationId: 'cancelRequest',
    summary: 'Cancel a request; nothing is left behind',
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
    summary: 'Turn a request down that waits for a person',
    body: 'Deny',
    answers: shown,
    problems: ['WrongStateError'],
  },
  'POST /v1/requests/{requestId}/login': {
    ...requests,
    operationId: 'loginRequest',
    summary: 'Give the login that a request waits for',
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
    summary: 'Ask the sources that a request misses again',
    parameters: ['idempotencyKey'],
    body: 'GivenLogin',
    answers: started,
    problems: [...ONCE, ...GIVEN, ...GONE, 'TooManyRequestsError'],
  },
  'GET /v1/requests/{requestId}/manifest': {
    ...archives,
    operationId: 'getManifest',
    summary: 'What is in the archive, and what is missing',
    answers: { 200: { description: 'The manifest', body: 'Manifest' } },
    problems: [...GONE],
  },
  'GET /v1/requests/{requestId}/archive': {
    ...archives,
    operationId: 'getArchive',
    summary: 'Go to the archive by a fresh link',
    answers: { 303: { description: 'The link', headers: ['Location'] } },
    problems: [...GONE],
  },
  'DELETE /v1/requests/{requestId}/archive': {
    ...archives,
    operationId: 'deleteArchive',
    summary: 'Destroy the archive after it was handed over',
    answers: { 204: { description: 'It is destroyed' } },
    problems: [...GONE],
  },
  'POST /v1/requests/{requestId}/links': {
    ...archives,
    operationId: 'createLink',
    summary: 'A fresh link to the archive, for pages',
    answers: { 200: { description: 'The link', body: 'Link' } },
    problems: [...GONE],
  },
  'GET /v1/requests/{requestId}/near-names': {
    ...archives,
    operationId: 'getNearNames',
    summary: 'Other accounts of the same person',
    answers: { 200: { description: 'Names, none of which is in the archive', body: 'NearNames' } },
    problems: [],
  },
  'GET /v1/requests/{requestId}/certificate': {
    ...proofs,
    operationId: 'getCertificate',
    summary: 'The signed proof of an anonymization',
    answers: { 200: { description: 'The certificate', body: 'SignedCertificate' } },
    problems: ['CertificateUnavailableError'],
  },
  'POST /v1/requests/{requestId}/certificate/nonce': {
    ...proofs,
    operationId: 'takeNonce',
    summary: "Take the key of the certificate's commitment, once",
    answers: { 200: { description: 'The key, which is forgotten here', body: 'Nonce' } },
    problems: ['CertificateUnavailableError'],
  },
  'GET /v1/requests/{requestId}/events': {
    ...proofs,
    operationId: 'listEvents',
    summary: 'The audit trail: who did what and when, in a chain of hashes',
    parameters: ['after'],
    answers: { 200: { description: 'A page, oldest first', body: 'EventsView' } },
    problems: [],
  },
  'GET /v1/anchors': {
    ...proofs,
    operationId: 'listAnchors',
    summary: 'Ends of audit trails, as somebody outside has stamped them',
    parameters: ['afterTime'],
    answers: { 200: { description: 'A page, oldest first', body: 'AnchorsView' } },
    problems: [],
  },
  'POST /v1/preview': {
    tag: 'Before a request',
    operationId: 'preview',
    summary: 'What the Portal holds under a name',
    body: 'Preview',
    answers: { 200: { description: 'What was found', body: 'PreviewView' } },
    problems: [...ACCOUNT, 'PortalMappingError', 'PreviewTimeoutError', 'PortalDatabaseUnavailableError'],
  },
  'POST /v1/engines': {
    tag: 'Before a request',
    operationId: 'listEngines',
    summary: 'The Engines list, each with its state',
    body: 'LoginOnly',
    answers: { 200: { description: 'The Engines', body: 'EnginesView' } },
    problems: [...ACCOUNT],
  },
  'POST /v1/webhooks/{connectionId}': {
    tag: 'Tickets',
    operationId: 'receiveTicket',
    summary: 'What a ticketing system tells of a ticket, signed',
    body: 'TicketEvent',
    answers: { 200: { description: 'Accepted before' }, 202: { description: 'Accepted' } },
    problems: ['SignatureRefusedError', 'BodyTooLargeError'],
  },
  'GET /openapi.json': {
    tag: 'About the API',
    operationId: 'describeApi',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', body: 'OpenApi' } },
    problems: [],
  },
  'GET /health': {
    tag: 'About the API',
    operationId: 'getHealth',
    summary: 'Whether the API answers',
    answers: { 200: { description: 'It does', body: 'Health' } },
    problems: [],
  },
};
