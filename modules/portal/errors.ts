import { type ErrorTable, errorOf } from '../common/errors.ts';

export class PortalDatabaseUnavailableError extends errorOf('PortalDatabaseUnavailableError', () => ({
  message: 'The Portal database did not answer',
  retryable: true,
})) {}

export class PortalBusyError extends errorOf('PortalBusyError', () => ({
  message:
    'Others hold locks in the Portal database: an anonymization, a rehearsal, or the Portal itself; nothing was changed. Try again later',
  retryable: true,
})) {}

/** The Portal database has no TLS, or its certificate does not match the `ca` of its secret. */
export class PortalDatabaseTlsError extends errorOf('PortalDatabaseTlsError', () => ({
  message: 'The Portal database offers no TLS, or shows a certificate that is not trusted; see `ca` of its secret',
})) {}

/** The driver's text is dropped because it quotes values. @param code the SQLSTATE @param place the table, if known */
export class PortalDatabaseError extends errorOf('PortalDatabaseError', (code: string, place?: string) => ({
  message: `The Portal database refused a statement (SQLSTATE ${code}${place ? `, about ${place}` : ''})${wayOn(code)}`,
  code,
  places: place === undefined ? [] : [place],
})) {}

/** What makes a refused statement work. */
function wayOn(code: string): string {
  if (code === '23503')
    return ': list both columns of its foreign key, and name the identifier in "identity" of the mapping';
  if (code === '42501')
    return ': GRANT what the role lacks; where row-level security hides rows, ALTER ROLE ... BYPASSRLS';
  if (/^28/.test(code)) return ': it does not accept the user name or the password of the role';
  return /^2[23]/.test(code)
    ? ': give the column a form that fits in "tokens" of the mapping, or the table a DEFAULT partition'
    : '';
}

export class PortalDatabaseFullError extends errorOf('PortalDatabaseFullError', () => ({
  message: 'The disk of the Portal database is full; nothing was changed',
})) {}

/** A column has no room for a token that cannot be guessed. @param place `schema.table.column` */
export class PortalColumnTooShortError extends errorOf('PortalColumnTooShortError', (place: string) => ({
  message: `${place} is too short for the token that would take the place of the name: give it a shorter form in "tokens" of the mapping; nothing was changed`,
  places: [place],
})) {}

/** Two keys of one object would become equal, and one value would be lost. @param place `schema.table.column` */
export class PortalKeysMergeError extends errorOf('PortalKeysMergeError', (place: string) => ({
  message: `${place} has two keys beside each other that are spellings of the name, and one would be lost; nothing was changed`,
  places: [place],
})) {}

/** A row or column outside the mapping changed in a mapped table. @param place `schema.table` */
export class BystanderChangedError extends errorOf('BystanderChangedError', (place: string) => ({
  message: `${place} would have changed in rows that do not hold the name, or in how many it has; nothing was changed`,
  places: [place],
})) {}

/** Others have written what cannot be searched until they end. @param places their transactions, and how to end each */
export class OpenTransactionsError extends errorOf('OpenTransactionsError', (places: readonly string[]) => ({
  message: `Others have not ended what they write in the Portal database: ${places.join('; ')}; nothing was changed`,
  places,
})) {}

/** The name is in a place that no UPDATE can reach, and the settings refuse to continue. */
export class NameOutOfReachError extends errorOf('NameOutOfReachError', (places: readonly string[]) => ({
  message: `The name stands where no UPDATE reaches: ${places.join(', ')}; nothing was changed`,
  places,
})) {}

/** @param places where, as `schema.table.column`, without the name */
export class ResidueFoundError extends errorOf(
  'ResidueFoundError',
  (occurrences: number, places: readonly string[] = []) => ({
    message: `The name was still found ${occurrences} times in the Portal database${places.map((place) => ` ${place}`).join()}`,
    places,
  }),
) {}

const MAX_PROBLEMS = 10;

/** Nothing is read or changed (docs/portal-mapping.md). @param problems each names a table or a column */
export class PortalMappingError extends errorOf('PortalMappingError', (problems: readonly string[]) => {
  const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : '';
  const some = problems.slice(0, MAX_PROBLEMS).join('; ');
  return { message: `The mapping does not fit the database: ${some}${more}` };
}) {}

export class PlanChangedError extends errorOf('PlanChangedError', () => ({
  message: 'The Portal database no longer holds what the preview showed; look at a new preview',
})) {}

/** Everything was rolled back. An anonymization has as much time. */
export class RehearsalTimeoutError extends errorOf('RehearsalTimeoutError', (minutes: number) => ({
  message: `The rehearsal was not finished within ${minutes} minutes, and an anonymization would not be either (docs/limits.md)`,
})) {}

/** Counting took longer than the time limit of an HTTP answer. */
export class PreviewTimeoutError extends errorOf('PreviewTimeoutError', (seconds: number) => ({
  message: `The Portal database could not be searched within ${seconds} s, so there is no preview`,
  retryable: true,
})) {}

/** @param until when it can be started, ISO 8601 UTC */
export class NightlyJobsError extends errorOf('NightlyJobsError', (until: string, retryAfter: number) => ({
  message: `The nightly jobs of the Portal have their time; an anonymization can start from ${until}`,
  retryAfter,
})) {}

export const PORTAL_ERRORS = {
  PortalDatabaseUnavailableError: {
    problem: { status: 503, title: 'The Portal database does not answer' },
    sourceState: 'UNREACHABLE',
  },
  PortalBusyError: { problem: { status: 503, title: 'The Portal database is busy' }, sourceState: 'UNREACHABLE' },
  PortalMappingError: { problem: { status: 409, title: 'The Portal database is not as approved' } },
  PreviewTimeoutError: { problem: { status: 503, title: 'The Portal database takes too long' } },
  NightlyJobsError: { problem: { status: 409, title: 'The Portal is busy with its nightly jobs' } },
} as const satisfies ErrorTable;
