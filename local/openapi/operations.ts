import type { ProblemName } from '../../functions/http/problems.ts';
import type { ROUTES } from '../../functions/registry.ts';
import type { ComponentName } from './components.ts';
import type { HeaderName, ParameterName } from './parameters.ts';

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
  readonly tag: 'Requests' | 'Archives' | 'Proofs' | 'Tickets' | 'Before a request' | 'About the API';
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

/** An operation under one tag: its name in the client, its summary, then the rest. */
const under =
  (tag: Operation['tag']) =>
  (operationId: string, summary: string, rest: Omit<Operation, 'tag' | 'operationId' | 'summary'>): Operation => ({
    operationId,
    tag,
    summary,
    ...rest,
  });
const requests = under('Requests');
const archives = under('Archives');
const proofs = under('Proofs');
const before = under('Before a request');
const about = under('About the API');
const ok = (description: string, body: ComponentName) => ({ 200: { description, body } });
const view = (description: string) => ({ description, body: 'RequestView' }) as const;
/** 202 until the request has ended. */
const shown = { 200: view('The request, which has ended'), 202: view('The request, which has not ended') } as const;
const started = { 202: { ...view('Started'), headers: ['Location'] } } as const;

/** Every route of the HTTP API. `npm run generate` makes the OpenAPI document and the client from it. */
export const OPERATIONS: Readonly<Record<keyof typeof ROUTES, Operation>> = {
  'POST /v1/requests': requests(
    'startRequest',
    'Start a retrieval, an anonymization or its rehearsal, or the removal of a device',
    {
      parameters: ['idempotencyKey'],
      body: 'StartRequest',
      answers: { 202: { ...started[202], body: 'StartedView' } },
      problems: [...ONCE, ...GIVEN, 'NightlyJobsError', 'SubjectBusyError', 'TooManyRequestsError'],
    },
  ),
  'GET /v1/requests/{requestId}': requests('getRequest', 'Get the state of a request and the progress of each source', {
    parameters: ['prefer', 'ifNoneMatch'],
    answers: {
      200: { ...view('The request'), headers: ['ETag', 'Preference-Applied'] },
      304: { description: 'Unchanged since the version that the caller has', headers: ['ETag', 'Preference-Applied'] },
    },
  }),
  'GET /v1/requests': requests('listRequests', 'List requests that the caller may see, newest first, in pages', {
    parameters: ['limit', 'cursor', 'state', 'reference', 'needs', 'dueWithin'],
    answers: ok('One page', 'RequestsView'),
  }),
  'POST /v1/requests/{requestId}/cancel': requests('cancelRequest', 'Cancel a request and delete what it has stored', {
    answers: shown,
    problems: ['WrongStateError'],
  }),
  'POST /v1/requests/{requestId}/approve': requests('approveRequest', "Approve another person's request", {
    body: 'Approve',
    answers: shown,
    problems: ['WrongStateError', 'OwnApprovalError', 'SettingsError'],
  }),
  'POST /v1/requests/{requestId}/deny': requests('denyRequest', 'Deny a request that waits for a person', {
    body: 'Deny',
    answers: shown,
    problems: ['WrongStateError'],
  }),
  'POST /v1/requests/{requestId}/login': requests('loginRequest', 'Send the login that a request waits for', {
    body: 'GivenLogin',
    answers: shown,
    problems: ['WrongStateError', 'NightlyJobsError', 'SubjectBusyError', 'SealedItemGoneError', ...GIVEN],
  }),
  'POST /v1/requests/{requestId}/deadline': requests('changeDeadline', 'Pause, resume or extend the deadline', {
    body: 'Deadline',
    answers: { 200: view('The request') },
    problems: ['WrongStateError', 'DeadlineError', 'SettingsError'],
  }),
  'POST /v1/requests/{requestId}/handover': requests('recordHandover', 'Record that the answer was handed over', {
    body: 'Handover',
    answers: { 200: view('The request') },
    problems: ['WrongStateError', 'HandedOverError'],
  }),
  'POST /v1/requests/{requestId}/rerun': requests(
    'rerunRequest',
    'Query the missing sources of a request again: one that completed with errors, or failed',
    {
      parameters: ['idempotencyKey'],
      body: 'GivenLogin',
      answers: started,
      problems: ['AmbiguousSubjectError', ...ONCE, ...GIVEN, ...GONE, 'TooManyRequestsError'],
    },
  ),
  'GET /v1/requests/{requestId}/manifest': archives(
    'getManifest',
    'List what the archive contains and what is missing',
    {
      answers: ok('The manifest', 'Manifest'),
      problems: [...GONE],
    },
  ),
  'GET /v1/requests/{requestId}/archive': archives('getArchive', 'Redirect to the archive with a new link', {
    answers: { 303: { description: 'Redirect to the archive', headers: ['Location'] } },
    problems: [...GONE],
  }),
  'DELETE /v1/requests/{requestId}/archive': archives('deleteArchive', 'Delete the archive after it was handed over', {
    answers: { 204: { description: 'Deleted' } },
    problems: [...GONE],
  }),
  'POST /v1/requests/{requestId}/links': archives('createLink', 'Create a link to the archive, for web pages', {
    answers: ok('The link', 'Link'),
    problems: [...GONE],
  }),
  'GET /v1/requests/{requestId}/certificate': proofs('getCertificate', 'Get the signed proof of an anonymization', {
    answers: ok('The certificate; with `Accept: text/html` a page that shows and checks it', 'SignedCertificate'),
    problems: ['CertificateUnavailableError'],
  }),
  'POST /v1/requests/{requestId}/certificate/nonce': proofs(
    'takeNonce',
    "Take the key of the certificate's commitment; possible once",
    {
      answers: ok('The key, which the system no longer keeps', 'Nonce'),
      problems: ['CertificateUnavailableError'],
    },
  ),
  'GET /v1/requests/{requestId}/events': proofs(
    'listEvents',
    'List the audit trail: who did what and when, in a hash chain',
    {
      parameters: ['after'],
      answers: ok('One page, oldest first', 'EventsView'),
    },
  ),
  'GET /v1/anchors': proofs('listAnchors', 'List the time-stamped ends of audit trails', {
    parameters: ['afterTime'],
    answers: ok('One page, oldest first', 'AnchorsView'),
  }),
  'POST /v1/preview': before('preview', 'Count what the Portal holds about a name', {
    body: 'Preview',
    answers: ok('The preview', 'PreviewView'),
    problems: [
      ...ACCOUNT,
      'AmbiguousSubjectError',
      'PortalMappingError',
      'PreviewTimeoutError',
      'PortalDatabaseUnavailableError',
      'PortalBusyError',
    ],
  }),
  'POST /v1/engines': before('listEngines', 'List the Engines and their states', {
    body: 'LoginOnly',
    answers: ok('The Engines', 'EnginesView'),
    problems: [...ACCOUNT],
  }),
  'POST /v1/subjects': before('findSubjects', 'List the accounts or devices that a name may mean', {
    body: 'FindSubjects',
    answers: ok('The accounts', 'SubjectsView'),
    problems: [...ACCOUNT],
  }),
  'POST /v1/devices/where': before(
    'findDevice',
    'Find a device on the Engines, with the steps by hand that remove it; noted in its open removals',
    { body: 'FindDevice', answers: ok('Where it is', 'DeviceView'), problems: [...ACCOUNT, 'WrongStateError'] },
  ),
  'POST /v1/redirection': before('measureRedirection', 'Measure whether Engines still receive clear names', {
    body: 'LoginOnly',
    answers: ok('What arrives at each Engine', 'RedirectionView'),
    problems: [...ACCOUNT],
  }),
  'POST /v1/names': before('listNames', 'List names that the Engines know, to compare a Portal database with', {
    body: 'LoginOnly',
    answers: ok('The names', 'NamesView'),
    problems: [...ACCOUNT],
  }),
  'POST /v1/webhooks/{connectionId}': under('Tickets')(
    'receiveTicket',
    'Receive a signed webhook of a ticketing system',
    {
      body: 'TicketEvent',
      answers: { 200: { description: 'Already accepted' }, 202: { description: 'Accepted' } },
      problems: ['SignatureRefusedError', 'BodyTooLargeError', 'UnsupportedMediaTypeError'],
    },
  ),
  'GET /v1/doctor': about('doctor', 'Check everything that must be ready, and name what to change', {
    parameters: ['testTicket'],
    answers: ok('What was measured', 'DoctorReport'),
  }),
  'GET /openapi.json': about('describeApi', 'Get this document', { answers: ok('OpenAPI 3.1', 'OpenApi') }),
  'GET /health': about('getHealth', 'Check that the API answers', { answers: ok('The API answers', 'Health') }),
};
