import type { PreviewBody, PreviewView } from '../../modules/lifecycle/preview-view.ts';
import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/request-view.ts';
import type { ApiClient } from '../api-client.ts';
import { COMMON, LOCAL, LOGIN, parseArguments, SUBJECT, subjectOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { ApiProblemError, UsageError } from '../errors.ts';
import { runRequest } from '../follow.ts';
import { print, printJson, warn, warnMissing } from '../output.ts';
import { printable } from '../source-states.ts';
import { previewLines } from './preview.ts';

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
    const asked = { kind: 'anonymize', subject, login: await login() } as const;
    const previewed = await previewOf(api, asked, signal);
    for (const line of previewed ? previewLines(previewed) : []) warn(printable(line));
    const body = {
      ...asked,
      irreversible: true,
      ...(previewed?.planHash && { planHash: previewed.planHash }),
    } as const;
    const { view, interrupted } = await runRequest(api, body, signal);
    if (interrupted) warn(`Request ${view.requestId} is ${view.state}`);
    warnMissing(view);
    if (view.state === 'AWAITING_APPROVAL')
      warn(`To approve it: gdpr approve ${view.requestId} --plan-hash ${body.planHash}`);
    if (given.json) printJson(view);
    else if (view.state === 'COMPLETED') tell(view);
    return LIFECYCLE[view.state].exitCode ?? 1;
  });
}

/** What will change; undefined when counting takes longer than the API may: the anonymization then goes without. */
async function previewOf(api: ApiClient, body: PreviewBody, signal: AbortSignal): Promise<PreviewView | undefined> {
  try {
    return await api.preview(body, signal);
  } catch (error) {
    if (!(error instanceof ApiProblemError && error.problem.type === '/problems/preview-timeout')) throw error;
    warn(printable(error.problem.detail));
    return undefined;
  }
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
