import type { AuditEntry } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { listEvents } from '../pages.ts';
import { Verb } from '../verb.ts';

/** `gdpr events ID`: the audit trail of a request. */
export const events = new Verb('events', 'Show the audit trail of a request: who did what, and when.')
  .argument('<ID>', 'the request')
  .example('gdpr events ID --json > trail.json')
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) => {
    const view = await listEvents(api, requestId, signal);
    if (json) printJson(view);
    else for (const entry of view.events) print(lineOf(entry));
    return 0;
  });

const lineOf = ({ seq, at, what, by, state, counts = {}, error }: AuditEntry): string => {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return [String(seq).padStart(3), at, what, state, `${by.role} ${by.id}`, ...numbers, error ?? '']
    .join('  ')
    .trimEnd();
};
