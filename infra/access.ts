/** What one function may do with what is stored. Absent means: nothing. */
export interface Access {
  readonly requests?: 'read' | 'write';
  /** `put` seals, `get` reads, `wipe` deletes. */
  readonly sealed?: readonly ('put' | 'get' | 'wipe')[];
  /** Purposes that it may seal for, or open: the encryption context that the key checks (D1). */
  readonly purposes?: readonly ('login' | 'subject')[];
  readonly parts?: readonly ObjectAccess[];
  readonly bundles?: readonly ObjectAccess[];
  /** Reads `settings/`. */
  readonly settings?: true;
  /** The role of the Portal database whose secret it reads. */
  readonly portalRole?: PortalRole;
  readonly executions?: 'start' | 'stop';
}

export type ObjectAccess = 'read' | 'list' | 'write' | 'delete';

/** Roles of the Portal database, each with a secret of its own. */
export const PORTAL_ROLES = ['Read', 'Anonymize', 'Verify'] as const;
export type PortalRole = (typeof PORTAL_ROLES)[number];

/** Least privilege, by folder under `functions/`. Synthesis fails for a function without a row. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'open-request': { requests: 'write', sealed: ['get'], purposes: ['login'], parts: ['write'], settings: true },
  'query-engine': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['login', 'subject'],
    parts: ['read', 'list', 'write'],
    settings: true,
  },
  'note-missing': { requests: 'write' },
  'query-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject'],
    parts: ['read', 'list', 'write'],
    settings: true,
    portalRole: 'Read',
  },
  'merge-parts': { requests: 'write', parts: ['read', 'list'], bundles: ['write', 'delete'] },
  'anonymize-portal': {
    requests: 'write',
    sealed: ['get'],
    purposes: ['subject'],
    settings: true,
    portalRole: 'Anonymize',
  },
  'verify-portal': { requests: 'write', sealed: ['get'], purposes: ['subject'], portalRole: 'Verify' },
  'close-request': { requests: 'write', sealed: ['wipe'], parts: ['list', 'delete'], bundles: ['delete'] },
  'start-request': {
    requests: 'write',
    sealed: ['put', 'wipe'],
    purposes: ['login', 'subject'],
    settings: true,
    executions: 'start',
  },
  'get-request': { requests: 'read' },
  'get-bundle': { requests: 'read', bundles: ['read'] }, // a link reaches no further than its signer
  'cancel-request': { requests: 'write', executions: 'stop' },
  'list-engines': { settings: true },
};
