import { existsSync, readFileSync } from 'node:fs';
import { anchorFaults, anchorsOf, headFaults, type StampedAnchor } from '../../modules/proof/audit-anchors.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import { chainFaults, digestOf } from '../../modules/requests/audit/trail.ts';
import { COMMON, type Given, parseArguments, textOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { typedPath } from '../out-file.ts';
import { print, printJson, warn } from '../output.ts';
import { listAnchors, listEvents } from '../pages.ts';
import { keepStamps } from '../stamps.ts';
import { verifyAll } from './audit-all.ts';

const OPTIONS = {
  ...COMMON,
  all: { type: 'boolean' },
  head: { type: 'string' },
  stamps: { type: 'string' },
} as const;

/**
 * `gdpr audit verify ID|FILE|--all`: whether audit trails are as they were written, from the API, where they are compared
 * with what was anchored, or, without any network, from what `gdpr events --json` wrote. `--head` is a digest that was kept
 * elsewhere: it must be of one of the entries. `--stamps` keeps the answers of the time-stamping authority.
 */
export async function audit(args: readonly string[], signal: AbortSignal): Promise<number> {
  const needed = args.includes('--all') ? ['verify'] : ['verify', 'ID or FILE'];
  const { given, values } = parseArguments(args, OPTIONS, needed);
  const [verb, what] = values;
  if (verb !== 'verify') throw new UsageError('audit knows: verify ID, verify FILE, verify --all');
  const folder = textOf(given, 'stamps');
  if (what !== undefined && existsSync(typedPath(what))) {
    if (folder !== undefined) throw new UsageError('--stamps needs the API: a file holds none');
    return report(trailIn(what), [], given);
  }
  return withConnection(given, signal, async ({ api }) => {
    const anchors = await listAnchors(api, signal);
    if (folder !== undefined) await keepStamps(anchors, typedPath(folder));
    if (what === undefined) return verifyAll(api, anchors, given, signal);
    return report(await listEvents(api, what, signal), anchors, given);
  });
}

function report({ requestId, events }: EventsView, anchors: readonly StampedAnchor[], given: Given): number {
  const head = textOf(given, 'head');
  const isKnown = head === undefined || events.some((entry) => digestOf(entry) === head);
  const faults = [
    ...(events.length === 0 ? ['there is no entry'] : chainFaults(requestId, events)),
    ...(isKnown ? [] : ['no entry has the digest that was kept elsewhere: entries were cut off or written anew']),
    ...anchorFaults(anchors),
    ...headFaults(requestId, events, anchors),
  ];
  const last = events.at(-1);
  const sound = faults.length === 0;
  const counts = { entries: events.length, anchors: anchorsOf(requestId, anchors) };
  if (given.json) printJson({ requestId, sound, faults, ...counts, ...(last && { head: digestOf(last) }) });
  else if (last && sound) {
    print(`good: request ${requestId}, ${counts.entries} entries, ${counts.anchors} anchors, head ${digestOf(last)}`);
  }
  for (const fault of faults) warn(`not good: ${fault}`);
  return sound ? 0 : 1;
}

function trailIn(file: string): EventsView {
  try {
    const trail = JSON.parse(readFileSync(typedPath(file), 'utf8')) as EventsView;
    if (trail.events.every((entry) => typeof entry === 'object' && entry !== null)) return trail;
    throw new TypeError('an entry is not an object');
  } catch (error) {
    throw new UsageError(`${file} is not what \`gdpr events ID --json\` wrote`, { cause: error });
  }
}
