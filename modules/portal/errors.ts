import { type ErrorTable, GdprError } from '../common/errors.ts';

/** The Portal database did not answer. */
export class PortalDatabaseUnavailableError extends GdprError {
  override readonly name = 'PortalDatabaseUnavailableError';
  readonly retryable = true;
  constructor(options?: ErrorOptions) {
    super('The Portal database did not answer', options);
  }
}

/** The Portal database has no TLS, or its certificate does not match the `ca` of its secret. */
export class PortalDatabaseTlsError extends GdprError {
  override readonly name = 'PortalDatabaseTlsError';
  readonly retryable = false;
  constructor(options?: ErrorOptions) {
    super(
      'The Portal database offers no TLS, or shows a certificate that is not trusted; see `ca` of its secret',
      options,
    );
  }
}

/** The Portal database refused a statement; `code` is the SQLSTATE. The driver's text is dropped because it quotes values. */
export class PortalDatabaseError extends GdprError {
  override readonly name = 'PortalDatabaseError';
  readonly retryable = false;
  readonly code: string;
  override readonly places: readonly string[];
  /** @param place the table, if known */
  constructor(code: string, place?: string) {
    super(`The Portal database refused a statement (SQLSTATE ${code}${place ? `, about ${place}` : ''})`);
    this.code = code;
    this.places = place === undefined ? [] : [place];
  }
}

/** The disk of the Portal database is full. An administrator must free space. */
export class PortalDatabaseFullError extends GdprError {
  override readonly name = 'PortalDatabaseFullError';
  readonly retryable = false;
  constructor() {
    super('The disk of the Portal database is full; nothing was changed');
  }
}

/** A column has no room for a token that cannot be guessed. */
export class PortalColumnTooShortError extends GdprError {
  override readonly name = 'PortalColumnTooShortError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table.column` */
  constructor(place: string) {
    super(`${place} is too short for the text that would take the place of the name; nothing was changed`);
    this.places = [place];
  }
}

/** Two keys of one object would become equal, and one value would be lost. */
export class PortalKeysMergeError extends GdprError {
  override readonly name = 'PortalKeysMergeError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table.column` */
  constructor(place: string) {
    super(
      `${place} has two keys beside each other that are spellings of the name, and one would be lost; nothing was changed`,
    );
    this.places = [place];
  }
}

/** A row or column outside the mapping changed in a mapped table, so everything was rolled back. */
export class BystanderChangedError extends GdprError {
  override readonly name = 'BystanderChangedError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param place `schema.table` */
  constructor(place: string) {
    super(`${place} would have changed in rows that do not hold the name, or in how many it has; nothing was changed`);
    this.places = [place];
  }
}

/** The name is in a place that no UPDATE can reach, and the settings refuse to continue. */
export class NameOutOfReachError extends GdprError {
  override readonly name = 'NameOutOfReachError';
  readonly retryable = false;
  override readonly places: readonly string[];
  constructor(places: readonly string[]) {
    super(`The name stands where no UPDATE reaches: ${places.join(', ')}; nothing was changed`);
    this.places = places;
  }
}

/** The name was still found after the change (everything was rolled back) or after the commit. */
export class ResidueFoundError extends GdprError {
  override readonly name = 'ResidueFoundError';
  readonly retryable = false;
  override readonly places: readonly string[];
  /** @param places where, as `schema.table.column`, without the name */
  constructor(occurrences: number, places: readonly string[] = []) {
    super(
      `The name was still found ${occurrences} times in the Portal database${places.map((place) => ` ${place}`).join()}`,
    );
    this.places = places;
  }
}

/** It is unknown whether an anonymization was committed: the Portal database does not answer. */
export class OutcomeUnknownError extends GdprError {
  override readonly name = 'OutcomeUnknownError';
  readonly retryable = false;
  constructor(requestId: string) {
    super(`Whether request ${requestId} has changed the Portal database could not be asked`);
  }
}

/** The approved mapping does not fit the live schema, so nothing is read or changed (docs/portal-mapping.md). */
export class PortalMappingError extends GdprError {
  override readonly name = 'PortalMappingError';
  readonly retryable = false;
  /** @param problems each names a table or a column */
  constructor(problems: readonly string[]) {
    const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : '';
    super(`portal-mapping.json does not fit the database: ${problems.slice(0, MAX_PROBLEMS).join('; ')}${more}`);
  }
}

const MAX_PROBLEMS = 10;

/** The Portal's data have changed since the preview, so the anonymization did not start. */
export class PlanChangedError extends GdprError {
  override readonly name = 'PlanChangedError';
  readonly retryable = false;
  constructor() {
    super('The Portal database no longer holds what the preview showed; look at a new preview');
  }
}

/** Counting took longer than the time limit of an HTTP answer. */
export class PreviewTimeoutError extends GdprError {
  override readonly name = 'PreviewTimeoutError';
  readonly retryable = true;
  constructor(seconds: number) {
    super(`The Portal database could not be searched within ${seconds} s, so there is no preview`);
  }
}

/** The Portal's nightly jobs run now or soon, and an anonymization must not overlap them. */
export class NightlyJobsError extends GdprError {
  override readonly name = 'NightlyJobsError';
  readonly retryable = false;
  /** Seconds until it can be started. */
  override readonly retryAfter: number;
  /** @param until when it can be started, ISO 8601 UTC */
  constructor(until: string, retryAfter: number) {
    super(`The nightly jobs of the Portal have their time; an anonymization can start from ${until}`);
    this.retryAfter = retryAfter;
  }
}

/** What each error of this room means to a caller and to a source. */
export const PORTAL_ERRORS = {
  PortalDatabaseUnavailableError: {
    problem: { status: 503, title: 'The Portal database does not answer' },
    sourceState: 'UNREACHABLE',
  },
  PortalDatabaseTlsError: {},
  PortalDatabaseError: {},
  PortalDatabaseFullError: {},
  PortalColumnTooShortError: {},
  PortalKeysMergeError: {},
  BystanderChangedError: {},
  NameOutOfReachError: {},
  ResidueFoundError: {},
  OutcomeUnknownError: {},
  PortalMappingError: { problem: { status: 409, title: 'The Portal database is not as approved' } },
  PlanChangedError: {},
  PreviewTimeoutError: { problem: { status: 503, title: 'The Portal database takes too long' } },
  NightlyJobsError: { problem: { status: 409, title: 'The Portal is busy with its nightly jobs' } },
} as const satisfies ErrorTable;
