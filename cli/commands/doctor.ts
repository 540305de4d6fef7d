import type { DoctorReport } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { show, tableLines } from '../output.ts';
import { Verb } from '../verb.ts';

const EXIT_CODES = { ok: 0, fault: 1, warning: 3 } as const;

export const doctor = new Verb(
  'doctor',
  'Check everything that must be ready. Each fault is shown with the setting to change.',
)
  .option('--test-ticket <CONNECTION:TICKET>', 'read this ticket, and write a comment to it')
  .example('gdpr doctor', {
    0: 'all that is configured is ready',
    1: 'failed, or something is at fault',
    3: 'ready, with warnings, or not all could be measured',
  })
  .calls<ConnectionOptions & { readonly testTicket?: string }>(async ({ connection, json, testTicket }) => {
    const report = await connection.ask('doctor', { query: testTicket === undefined ? {} : { testTicket } });
    show(json, report, linesOf(report));
    return EXIT_CODES[report.state];
  });

function linesOf({ checks }: DoctorReport): string[] {
  const rows = tableLines(checks.map(({ name, state, evidence }) => [state.toUpperCase(), name, evidence]));
  const lines = checks.flatMap(({ state, mend }, at) =>
    mend === undefined || state === 'ok' ? [rows[at]!] : [rows[at]!, `  To change: ${mend}`],
  );
  const counts = Object.entries(Object.groupBy(checks, ({ state }) => state));
  return [...lines, counts.map(([state, those]) => `${those!.length} ${state}`).join(', ')];
}
