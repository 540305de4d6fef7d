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
  message: `The Portal database refused a statement (SQLSTATE ${code}${place ? `, about ${place}` : ''})${WAYS_ON[code] ?? WAYS_ON[code.slice(0, 2)] ?? ''}`,
  code,
  places: place === undefined ? [] : [place],
})) {}

const MISFIT = ': give the column a form that fits in "tokens" of the mapping, or the table a DEFAULT partition';
/** What makes a refused statement work. */
const WAYS_ON: Readonly<Record<string, string>> = {
  '0A000': ': make the rule (pg_rewrite) of the table a trigger; instead of a standby, name its primary',
  '23503': ': list both columns of its foreign key, and name the identifier in "identity" of the mapping',
  '22': MISFIT,
  '23': MISFIT,
  '28': ': it does not accept the user name or the password of the role',
  '42501': ': GRANT what the role lacks; where row-level security hides rows, ALTER ROLE ... BYPASSRLS',
  '42P22': ': columns that the mapping joins need one collation',
  P0001: ': have the trigger that objects let the role pass',
};

export class PortalDatabaseFullError extends errorOf('PortalDatabaseFullError', () => ({
  message: 'The disk of the Portal database is full; nothing was changed',
})) {}

export class PortalColumnTooShortError extends errorOf('PortalColumnTooShortError', (place: string) => ({
  message: `${place} is too short for the token that would take the place of the name: give it a shorter form in "tokens" of the mapping; nothing was changed`,
  places: [place],
})) {}

export class PortalKeysMergeError extends errorOf('PortalKeysMergeError', (place: string) => ({
  message: `${place} has two keys beside each other that are spellings of the name, and one would be lost; nothing was changed`,
  places: [place],
})) {}

export class BystanderChangedError extends errorOf('BystanderChangedError', (place: string) => ({
  message: `${place} would have changed in rows that do not hold the name, or in how many it has; nothing was changed`,
  places: [place],
})) {}

/** Others have written what cannot be searched until they end. @param places their transactions, and how to end each */
export class OpenTransactionsError extends errorOf('OpenTransactionsError', (places: readonly string[]) => ({
  message: `Others have not ended what they write in the Portal database: ${places.join('; ')}; nothing was changed`,
  places,
})) {}

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

export class RehearsalTimeoutError extends errorOf('RehearsalTimeoutError', (minutes: number) => ({
  message: `The rehearsal was not finished within ${minutes} minutes, and an anonymization would not be either (docs/limits.md)`,
})) {}

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
