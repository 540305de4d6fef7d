import { COMMON, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson } from '../output.ts';

const OPTIONS = { ...COMMON, 'dry-run': { type: 'boolean' } } as const;

/** `gdpr sweep`: runs the sweeper now, or only tells what it would do. Exit code 1 when something could not be done. */
export async function sweep(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, OPTIONS);
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.sweep(given['dry-run'] === true, signal);
    if (given.json) printJson(view);
    else {
      for (const { requestId, action, error } of view.swept) print(`${requestId}  ${action}  ${error ?? ''}`.trimEnd());
      print(`${view.looked} requests looked at, ${view.swept.length} ${view.dryRun ? 'to be swept' : 'swept'}`);
    }
    return view.swept.some(({ error }) => error !== undefined) ? 1 : 0;
  });
}
