import { LIFECYCLE } from '../core/lifecycle.ts';
import type { RequestView } from '../core/model.ts';
import { COMMON, LOCAL, LOGIN, parseArguments, SUBJECT, subjectOf } from './arguments.ts';
import { withConnection } from './connection.ts';
import { UsageError } from './errors.ts';
import { runRequest } from './follow.ts';
import { print, printJson, warn, warnMissing } from './output.ts';
import { printable } from './source-states.ts';

const OPTIONS = { ...COMMON, ...LOGIN, ...LOCAL, ...SUBJECT, irreversible: { type: 'boolean' } } as const;

/** `gdpr anonymize`: replaces the Subject's name in the Portal database for good (R13, R15). */
export async function anonymize(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, OPTIONS);
  const subject = subjectOf(given);
  if (!given.irreversible) {
    throw new UsageError(
      '--irreversible is missing: an anonymization cannot be undone, and this says that you know it',
    );
  }
  return withConnection(given, signal, async ({ api, login }) => {
    const body = { kind: 'anonymize', subject, irreversible: true, login: await login() } as const;
    const { view, interrupted } = await runRequest(api, body, signal);
    if (interrupted) warn(`Request ${view.requestId} is ${view.state}`);
    warnMissing(view);
    if (given.json) printJson(view);
    else if (view.state === 'COMPLETED') tell(view);
    return LIFECYCLE[view.state].exitCode ?? 1;
  });
}

/** What was done, and what still holds the name (R17). */
function tell({ receipt, subjectKind }: RequestView): void {
  const tables = Object.entries(receipt?.rowsByTable ?? {}).filter(([, count]) => count > 0);
  const rows = tables.reduce((sum, [, count]) => sum + count, 0);
  if (receipt && rows === 0) {
    print('nothing was found under that name in the Portal');
    return;
  }
  print(`The ${subjectKind} is anonymized in the Portal: ${rows.toLocaleString('en')} rows changed.`);
  for (const [table, count] of tables) print(`  ${printable(table)}  ${count.toLocaleString('en')}`);
  print('The name is still held by: the Engines, which cannot anonymize, until their own retention ends;');
  print('backups of the Portal and the Engines made before now; the history files on the appliance of the Portal.');
}
