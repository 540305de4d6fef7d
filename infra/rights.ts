/** The rights of one function. An absent field gives no right. */
export interface Access {
  readonly requests?: 'read' | 'write';
  /** `put` seals, `get` reads, `replace` seals anew, `prolong` extends the expiry, `wipe` deletes. */
  readonly sealed?: readonly ('put' | 'get' | 'replace' | 'prolong' | 'wipe')[];
  /** Purposes that it may seal for, or open: the encryption context that the key checks (docs/decisions/0020). */
  readonly purposes?: readonly ('login' | 'subject' | 'mask' | 'plan' | 'nonce')[];
  readonly parts?: readonly ObjectAccess[];
  readonly archives?: readonly ObjectAccess[];
  /** Reads `settings/`. */
  readonly settings?: true;
  /** The role of the Portal database whose secret it reads. */
  readonly portalRole?: PortalRole;
  readonly executions?: readonly ('start' | 'stop' | 'find')[];
  /** Reads and writes the list of Requests about a Subject. */
  readonly subjects?: true;
  /** Reads and writes the suppression ledger of the sentinel. */
  readonly ledger?: true;
  /** Makes keyed hashes. */
  readonly macs?: true;
  /** Signs certificates. */
  readonly signs?: true;
  /** Reads the secret of the client of a cloud tenant's List Engines API. */
  readonly portalApiSecret?: true;
  /** Reads the login of the service account, for Callers without a person. */
  readonly serviceAccount?: true;
  /** Reads the accounts of ticketing systems. */
  readonly ticketSecrets?: true;
  /** Accepts webhooks of ticketing systems, and reads their secrets. */
  readonly hooks?: true;
  /** Reads the secrets of outbound webhooks. */
  readonly webhookSecrets?: true;
  /** Puts events on the bus, when there is one. */
  readonly eventBus?: true;
}

/** Rights that read secrets whose names settings.json holds. */
export type SecretRight = 'portalApiSecret' | 'serviceAccount' | 'ticketSecrets' | 'hooks' | 'webhookSecrets';

/** `uploads`: finds and aborts unfinished multipart uploads. `continue`: sees which parts an upload has. */
export type ObjectAccess = 'read' | 'list' | 'write' | 'delete' | 'uploads' | 'continue';

/** Roles of the Portal database, each with a secret of its own. */
export const PORTAL_ROLES = ['Read', 'Anonymize', 'Verify', 'Maintain'] as const;
export type PortalRole = (typeof PORTAL_ROLES)[number];
