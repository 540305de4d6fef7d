import { existsSync, readFileSync } from 'node:fs';
import { chainFaults, digestOf, type EventsView } from '../core/audit.ts';
import { COMMON, type Given, parseArguments, textOf } from './arguments.ts';
import { withConnection } from './connection.ts';
import { UsageError } from './errors.ts';
import { typedPath } from './out-file.ts';
import { print, printJson, warn } from './output.ts';

const OPTIONS = { ...COMMON, head: { type: 'string' } } as const;

/**
 * `gdpr audit verify ID|FILE`: whether an audit trail is as it was written, from the API or, without any network, from
 * what `gdpr events --json` wrote. `--head` is a digest that was kept elsewhere: it must be of one of the entries.
 */
export async function audit(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['verify', 'ID or FILE']);
  const [verb, what] = values as [string, string];
  if (verb !== 'verify') throw new UsageError('audit knows: verify ID, verify FILE');
  return report(await trailOf(what, given, signal), given);
}

function report({ requestId, events }: EventsView, given: Given): number {
  const head = textOf(given, 'head');
  const isKnown = head === undefined || events.some((entry) => digestOf(entry) === head);
  const faults = [
    ...(events.length === 0 ? ['there is no entry'] : chainFaults(requestId, events)),
    ...(isKnown ? [] : ['no entry has the digest that was kept elsewhere: entries were cut off or written anew']),
  ];
  const last = events.at(-1);
  const sound = faults.length === 0;
  if (given.json)
    printJson({ requestId, sound, faults, entries: events.length, ...(last && { head: digestOf(last) }) });
  else if (last && sound) print(`good: request ${requestId}, ${events.length} entries, head ${digestOf(last)}`);
  for (const fault of faults) warn(`not good: ${fault}`);
  return sound ? 0 : 1;
}

async function trailOf(what: string, given: Given, signal: AbortSignal): Promise<EventsView> {
  if (!existsSync(typedPath(what))) return withConnection(given, signal, ({ api }) => api.listEvents(what, signal));
  try {
    const trail = JSON.parse(readFileSync(typedPath(what), 'utf8')) as EventsView;
    if (trail.events.every((entry) => typeof entry === 'object' && entry !== null)) return trail;
    throw new TypeError('an entry is not an object');
  } catch (error) {
    throw new UsageError(`${what} is not what \`gdpr events ID --json\` wrote`, { cause: error });
  }
}
