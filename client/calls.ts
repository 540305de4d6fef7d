/* Made from docs/openapi.json by `npm run generate`. */
import type {
  AnchorsView,
  Approve,
  Deadline,
  Deny,
  DeviceView,
  DoctorReport,
  EnginesView,
  EventsView,
  FindDevice,
  FindSubjects,
  GivenLogin,
  Handover,
  Health,
  Link,
  LoginOnly,
  Manifest,
  NamesView,
  Nonce,
  OpenApi,
  Preview,
  PreviewView,
  RedirectionView,
  RequestView,
  RequestsView,
  SignedCertificate,
  StartRequest,
  StartedView,
  SubjectsView,
  TicketEvent,
} from './types.ts';

/** Every call of the HTTP API: what it takes, and what it answers when it is not refused. */
export interface Calls {
  /** Start a retrieval, an anonymization or its rehearsal, or the removal of a device */
  startRequest: {
    readonly headers: { readonly 'Idempotency-Key': string };
    readonly body: StartRequest;
    readonly answer: StartedView;
  };
  /** List requests that the caller may see, newest first, in pages */
  listRequests: {
    readonly query?: { readonly limit?: number; readonly cursor?: string; readonly state?: string; readonly reference?: string; readonly needs?: string; readonly dueWithin?: number };
    readonly answer: RequestsView;
  };
  /** Get the state of a request and the progress of each source */
  getRequest: {
    readonly path: { readonly requestId: string };
    readonly headers?: { readonly Prefer?: string; readonly 'If-None-Match'?: string };
    readonly answer: RequestView;
  };
  /** Cancel a request and delete what it has stored */
  cancelRequest: {
    readonly path: { readonly requestId: string };
    readonly answer: RequestView;
  };
  /** Approve another person's request */
  approveRequest: {
    readonly path: { readonly requestId: string };
    readonly body: Approve;
    readonly answer: RequestView;
  };
  /** Deny a request that waits for a person */
  denyRequest: {
    readonly path: { readonly requestId: string };
    readonly body: Deny;
    readonly answer: RequestView;
  };
  /** Send the login that a request waits for */
  loginRequest: {
    readonly path: { readonly requestId: string };
    readonly body: GivenLogin;
    readonly answer: RequestView;
  };
  /** Pause, resume or extend the deadline */
  changeDeadline: {
    readonly path: { readonly requestId: string };
    readonly body: Deadline;
    readonly answer: RequestView;
  };
  /** Record that the answer was handed over */
  recordHandover: {
    readonly path: { readonly requestId: string };
    readonly body: Handover;
    readonly answer: RequestView;
  };
  /** Query the missing sources of a request again: one that completed with errors, or failed */
  rerunRequest: {
    readonly path: { readonly requestId: string };
    readonly headers: { readonly 'Idempotency-Key': string };
    readonly body: GivenLogin;
    readonly answer: RequestView;
  };
  /** List what the archive contains and what is missing */
  getManifest: {
    readonly path: { readonly requestId: string };
    readonly answer: Manifest;
  };
  /** Redirect to the archive with a new link */
  getArchive: {
    readonly path: { readonly requestId: string };
    readonly answer: undefined;
  };
  /** Delete the archive after it was handed over */
  deleteArchive: {
    readonly path: { readonly requestId: string };
    readonly answer: undefined;
  };
  /** Create a link to the archive, for web pages */
  createLink: {
    readonly path: { readonly requestId: string };
    readonly answer: Link;
  };
  /** Get the signed proof of an anonymization */
  getCertificate: {
    readonly path: { readonly requestId: string };
    readonly answer: SignedCertificate;
  };
  /** Take the key of the certificate's commitment; possible once */
  takeNonce: {
    readonly path: { readonly requestId: string };
    readonly answer: Nonce;
  };
  /** List the audit trail: who did what and when, in a hash chain */
  listEvents: {
    readonly path: { readonly requestId: string };
    readonly query?: { readonly after?: number };
    readonly answer: EventsView;
  };
  /** List the time-stamped ends of audit trails */
  listAnchors: {
    readonly query?: { readonly after?: string };
    readonly answer: AnchorsView;
  };
  /** Count what the Portal holds about a name */
  preview: {
    readonly body: Preview;
    readonly answer: PreviewView;
  };
  /** List the Engines and their states */
  listEngines: {
    readonly body: LoginOnly;
    readonly answer: EnginesView;
  };
  /** List the accounts or devices that a name may mean */
  findSubjects: {
    readonly body: FindSubjects;
    readonly answer: SubjectsView;
  };
  /** Find a device on the Engines, with the steps by hand that remove it; noted in its open removals */
  findDevice: {
    readonly body: FindDevice;
    readonly answer: DeviceView;
  };
  /** Measure whether Engines still receive clear names */
  measureRedirection: {
    readonly body: LoginOnly;
    readonly answer: RedirectionView;
  };
  /** List names that the Engines know, to compare a Portal database with */
  listNames: {
    readonly body: LoginOnly;
    readonly answer: NamesView;
  };
  /** Receive a signed webhook of a ticketing system */
  receiveTicket: {
    readonly path: { readonly connectionId: string };
    readonly body: TicketEvent;
    readonly answer: undefined;
  };
  /** Check everything that must be ready, and name what to change */
  doctor: {
    readonly query?: { readonly testTicket?: string };
    readonly answer: DoctorReport;
  };
  /** Get this document */
  describeApi: {
    readonly answer: OpenApi;
  };
  /** Check that the API answers */
  getHealth: {
    readonly answer: Health;
  };
}

/** Where each call goes. */
export const CALLS = {
  startRequest: { method: 'POST', path: '/v1/requests' },
  listRequests: { method: 'GET', path: '/v1/requests' },
  getRequest: { method: 'GET', path: '/v1/requests/{requestId}' },
  cancelRequest: { method: 'POST', path: '/v1/requests/{requestId}/cancel' },
  approveRequest: { method: 'POST', path: '/v1/requests/{requestId}/approve' },
  denyRequest: { method: 'POST', path: '/v1/requests/{requestId}/deny' },
  loginRequest: { method: 'POST', path: '/v1/requests/{requestId}/login' },
  changeDeadline: { method: 'POST', path: '/v1/requests/{requestId}/deadline' },
  recordHandover: { method: 'POST', path: '/v1/requests/{requestId}/handover' },
  rerunRequest: { method: 'POST', path: '/v1/requests/{requestId}/rerun' },
  getManifest: { method: 'GET', path: '/v1/requests/{requestId}/manifest' },
  getArchive: { method: 'GET', path: '/v1/requests/{requestId}/archive' },
  deleteArchive: { method: 'DELETE', path: '/v1/requests/{requestId}/archive' },
  createLink: { method: 'POST', path: '/v1/requests/{requestId}/links' },
  getCertificate: { method: 'GET', path: '/v1/requests/{requestId}/certificate' },
  takeNonce: { method: 'POST', path: '/v1/requests/{requestId}/certificate/nonce' },
  listEvents: { method: 'GET', path: '/v1/requests/{requestId}/events' },
  listAnchors: { method: 'GET', path: '/v1/anchors' },
  preview: { method: 'POST', path: '/v1/preview' },
  listEngines: { method: 'POST', path: '/v1/engines' },
  findSubjects: { method: 'POST', path: '/v1/subjects' },
  findDevice: { method: 'POST', path: '/v1/devices/where' },
  measureRedirection: { method: 'POST', path: '/v1/redirection' },
  listNames: { method: 'POST', path: '/v1/names' },
  receiveTicket: { method: 'POST', path: '/v1/webhooks/{connectionId}' },
  doctor: { method: 'GET', path: '/v1/doctor' },
  describeApi: { method: 'GET', path: '/openapi.json' },
  getHealth: { method: 'GET', path: '/health' },
} as const satisfies Record<keyof Calls, { readonly method: string; readonly path: string }>;
