import type { AuditEntry } from '../../modules/requests/audit/entry.ts';
import { COMMON, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { listEvents } from '../pages.ts';

/** `gdpr events ID`: the audit trail of a Request. With `--json` it is a file that `gdpr audit verify` takes. */
export async function events(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, COMMON, ['ID']);
  return withConnection(given, signal, async ({ api }) => {
    const view = await listEvents(api, values[0]!, signal);
    if (given.json) printJson(view);
    else for (const entry of view.events) print(lineOf(entry));
    return 0;
  });
}

const lineOf = ({ seq, at, what, by, state, counts = {}, error }: AuditEntry): string => {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return [String(seq).padStart(3), at, what, state, `${by.role} ${by.id}`, ...numbers, error ?? '']
    .join('  ')
    .trimEnd();
};
