/** A name under which a person or a device is logged on or known, without its domain. */
export interface LoginName {
  readonly text: string;
  /** Its domains; none when no domain is stored, so that every domain counts. */
  readonly domains: readonly string[];
  /** The identity tables hold the bare name once: it means this person everywhere. */
  readonly strong: boolean;
  /** The same for the name with one of `domains`. */
  readonly qualified: boolean;
  /** A name column that holds the bare name means this person: nobody else is known to have it. */
  readonly alone: boolean;
}

/** What else identifies a person: SID, UPN, mail address, full name, account, serial number. Strong: held once. */
export type Identifier = { readonly text: string; readonly strong: boolean };

/** Rows of a table that a key links to a person. */
export interface RowLink {
  /** `schema.table`. */
  readonly table: string;
  readonly column: string;
  readonly keys: readonly string[];
}

/** Everything that identifies a Subject in the Portal (R9, R15). It is gathered first, and sealed until a run is verified. */
export interface PortalSubject {
  readonly kind: 'user' | 'device';
  readonly logins: readonly LoginName[];
  readonly identifiers: readonly Identifier[];
  readonly links: readonly RowLink[];
  /** What a run clears in the identity tables, with its column: copies in texts of the person's own rows go, too. */
  readonly cleared?: readonly (readonly [text: string, column: string])[];
  /** Without identity tables the name is all that is known: then it means the person wherever it stands. */
  readonly isKnown: boolean;
  /** The logins stand as numbers, too. */
  readonly numbers?: boolean;
}
