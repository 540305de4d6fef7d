/** What one function may do with what is stored. Absent means: nothing. */
export interface Access {
  readonly requests?: 'read' | 'write';
  /** `put` seals, `get` reads, `prolong` moves the time, `wipe` deletes. */
  readonly sealed?: readonly ('put' | 'get' | 'prolong' | 'wipe')[];
  /** Purposes that it may seal for, or open: the encryption context that the key checks (D1). */
  readonly purposes?: readonly ('login' | 'subject' | 'mask' | 'plan' | 'nonce')[];
  readonly parts?: readonly ObjectAccess[];
  readonly bundles?: readonly ObjectAccess[];
  /** Reads `settings/`. */
  readonly settings?: true;
  /** The role of the Portal database whose secret it reads. */
  readonly portalRole?: PortalRole;
  readonly executions?: readonly ('start' | 'stop' | 'find')[];
  /** Finds and changes which Requests are about one Subject. */
  readonly subjects?: true;
  /** Reads and writes the suppression ledger of the sentinel. */
  readonly ledger?: true;
  /** Counts calls of who has no other business with Requests. */
  readonly counts?: true;
  /** Makes keyed hashes. */
  readonly macs?: true;
  /** Signs certificates. */
  readonly signs?: true;
  /** Reads the secret of the client that asks a cloud tenant's List Engines API. */
  readonly portalApiSecret?: true;
  /** Reads the login of the service account, for Callers without a person. */
  readonly serviceAccount?: true;
  /** Reads the accounts of ticketing systems. */
  readonly ticketSecrets?: true;
  /** Reads the secrets of outbound webhooks. */
  readonly webhookSecrets?: true;
  /** Puts events on the bus, when there is one. */
  readonly eventBus?: true;
}

/** `uploads`: find and end multipart uploads that were left unfinished. */
export type ObjectAccess = 'read' | 'list' | 'write' | 'delete' | 'uploads';

/** Roles of the Portal database, each with a secret of its own. */
export const PORTAL_ROLES = ['Read', 'Anonymize', 'Verify', 'Maintain'] as const;
export type PortalRole = (typeof PORTAL_ROLES)[number];

/** Least privilege, by folder under `functions/`. Synthesis fails for a function without a row. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'open-request': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login'],
    parts: ['read', 'write'], // a rerun reads the first plan
    settings: true,
    portalApiSecret: true,
  },
  'query-engine': {
    requests: 'write',
    sealed: ['get', 'prolong'],
    purposes: ['login', 'subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    settings: true,
  },
  'note-missing': { requests: 'write' },
  'query-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'mask'],
    parts: ['read', 'list', 'write', 'delete'],
    settings: true,
    portalRole: 'Read',
  },
  'merge-parts': {
    requests: 'write',
    parts: ['read', 'list'],
    bundles: ['read', 'write', 'delete', 'uploads'],
    settings: true,
  },
  'anonymize-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'plan'],
    settings: true,
    portalRole: 'Anonymize',
  },
  'maintain-portal': { requests: 'write', settings: true, portalRole: 'Maintain' },
  'verify-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject', 'nonce'],
    settings: true, // which columns are of login accounts
    portalRole: 'Verify',
  },
  'close-request': {
    requests: 'write',
    sealed: ['wipe'],
    parts: ['list', 'delete', 'uploads'],
    bundles: ['delete', 'uploads'],
    settings: true,
    portalRole: 'Read', // the ledger, should an anonymization not have come back
    subjects: true,
    ledger: true,
    signs: true,
    executions: ['start'], // an anonymization that committed and was not verified
  },
  // Closes what nobody else has closed, and so may what close-request may.
  sweep: {
    requests: 'write',
    sealed: ['get', 'wipe'], // when a login runs out; it may open none
    parts: ['list', 'delete', 'uploads'],
    bundles: ['delete', 'uploads'],
    settings: true,
    portalRole: 'Read',
    subjects: true,
    ledger: true,
    executions: ['start', 'stop', 'find'],
    signs: true,
  },
  'deliver-outbox': { requests: 'write', settings: true, ticketSecrets: true, webhookSecrets: true, eventBus: true },
  'rerun-missing': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    executions: ['start'],
  },
  'scan-sentinel': {
    requests: 'write',
    sealed: ['put', 'wipe'], // of an anonymization that it starts
    purposes: ['subject', 'nonce'],
    settings: true,
    portalRole: 'Read',
    portalApiSecret: true,
    serviceAccount: true,
    subjects: true,
    ledger: true,
    macs: true,
    executions: ['start'],
  },
  'anchor-audit': { requests: 'write', settings: true },
  'get-anchors': { requests: 'read' },
  'get-certificate': { requests: 'write', sealed: ['get', 'wipe'], purposes: ['nonce'] },
  'start-request': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject', 'mask', 'plan', 'nonce'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    subjects: true,
    macs: true,
    executions: ['start'],
  },
  'approve-request': { requests: 'write', sealed: ['wipe'], settings: true },
  'deny-request': { requests: 'write', sealed: ['wipe'] },
  'change-deadline': { requests: 'write', settings: true },
  'login-request': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    subjects: true, // an anonymization that waited takes the right to its Subject
    executions: ['start'],
  },
  'rerun-request': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login'],
    settings: true,
    portalApiSecret: true,
    serviceAccount: true,
    macs: true,
    executions: ['start'],
  },
  'delete-bundle': {
    requests: 'write',
    sealed: ['wipe'],
    parts: ['list', 'delete', 'uploads'],
    bundles: ['delete', 'uploads'],
  },
  'get-events': { requests: 'read' },
  'get-manifest': { requests: 'read', bundles: ['read'] },
  'list-requests': { requests: 'read' },
  'get-request': { requests: 'read' },
  'get-bundle': { requests: 'write', bundles: ['read'] }, // audits the link; a link reaches no further than its signer
  'cancel-request': { requests: 'write', sealed: ['wipe'], executions: ['stop'] },
  'preview-request': { requests: 'write', settings: true, portalRole: 'Read', portalApiSecret: true },
  'list-engines': { counts: true, settings: true, portalApiSecret: true },
  'describe-api': {},
  'get-near-names': { requests: 'read', parts: ['read', 'list'] },
};
