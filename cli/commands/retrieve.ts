import type { RequestState } from '../../modules/requests/record.ts';
import type { Source } from '../../modules/requests/source.ts';
import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import type { CoUsers } from '../../modules/requests/subject.ts';
import type { RequestView } from '../../modules/requests/views/request-view.ts';
import { COMMON, type Given, LOCAL, LOGIN, parseArguments, SUBJECT, subjectOf, textOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { runRequest } from '../follow.ts';
import { checkOutFile, download } from '../out-file.ts';
import { print, printJson, warn, warnMissing, warnNothingFound } from '../output.ts';
import { megabytes } from '../progress.ts';
import { anythingFound, printable } from '../source-states.ts';

const OPTIONS = {
  ...COMMON,
  ...LOGIN,
  ...LOCAL,
  ...SUBJECT,
  'engine-data': { type: 'boolean' },
  'portal-data': { type: 'boolean' },
  out: { type: 'string' },
  force: { type: 'boolean' },
  'co-users': { type: 'string' },
} as const;

/** States in which there is an archive. */
const DELIVERED: readonly RequestState[] = ['COMPLETED', 'COMPLETED_WITH_ERRORS'];

/** `gdpr retrieve`: asks for everything about the Subject and writes the archive to `--out` (R9). */
export async function retrieve(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, OPTIONS);
  const subject = subjectOf(given);
  const file = textOf(given, 'out');
  if (!file) throw new UsageError('--out FILE is missing');
  const path = await checkOutFile(file, given.force === true);
  return withConnection(given, signal, async ({ api, login }) => {
    const sources = sourcesOf(given);
    const body = { kind: 'retrieve', subject, sources, login: await login(), ...coUsersOf(given) } as const;
    const { view, interrupted } = await runRequest(api, body, signal);
    const written = !interrupted && DELIVERED.includes(view.state);
    if (written) await download(api, view, path, signal);
    const near = written && subject.kind === 'user' ? await api.nearNames(view.requestId, signal) : [];
    if (given.json) printJson({ ...view, out: written ? path : null, found: anythingFound(view), nearNames: near });
    tell(view, interrupted, written && !given.json ? path : undefined);
    if (near.length > 0) warn(`Not in the archive, and perhaps the same person: ${near.map(printable).join(', ')}`);
    return interrupted ? 1 : (LIFECYCLE[view.state].exitCode ?? 1);
  });
}

/** What is to become of other people's names, when it is said. */
function coUsersOf(given: Given): { coUsers?: CoUsers } {
  const coUsers = textOf(given, 'co-users');
  if (coUsers === undefined) return {};
  if (coUsers !== 'keep' && coUsers !== 'mask') throw new UsageError('--co-users must be keep or mask');
  return { coUsers };
}

/** Both sources when neither is named (R2). */
function sourcesOf(given: Given): Source[] {
  const named: Source[] = [
    ...(given['engine-data'] ? ['engine' as const] : []),
    ...(given['portal-data'] ? ['portal' as const] : []),
  ];
  return named.length > 0 ? named : ['engine', 'portal'];
}

function tell(view: RequestView, interrupted: boolean, path: string | undefined): void {
  if (interrupted) {
    warn(`Request ${view.requestId} is ${view.state}; nothing was written`);
    return;
  }
  warnMissing(view);
  if (DELIVERED.includes(view.state)) warnNothingFound(view);
  if (view.state === 'COMPLETED_WITH_ERRORS') warn(`Request ${view.requestId} is complete but for what is named above`);
  if (path) print(view.archive ? `${path}  ${megabytes(view.archive.byteLength)}` : path);
}
