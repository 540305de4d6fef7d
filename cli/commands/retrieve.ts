import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { RequestState } from '../../client/shapes.ts';
import type { RequestView, StartRequest } from '../../client/types.ts';
import { type Connection, type ConnectionOptions, withConnection } from '../connection.ts';
import { checkOutFile, download } from '../files.ts';
import { followRequest, megabytes } from '../follow.ts';
import { EXIT_INTERRUPTED } from '../interrupt.ts';
import {
  anythingFound,
  print,
  printable,
  printJson,
  REQUEST_EXIT_CODES,
  warn,
  warnMissing,
  warnNothingFound,
} from '../output.ts';
import { type SubjectOptions, subjectOf, Verb } from '../verb.ts';
import { chooseAccounts } from './who.ts';

type Retrieval = Extract<StartRequest, { kind: 'retrieve' }>;

interface Options extends ConnectionOptions, SubjectOptions {
  readonly engineData?: true;
  readonly portalData?: true;
  readonly out: string;
  readonly force?: true;
  readonly coUsers?: NonNullable<Retrieval['coUsers']>;
}

/** States in which there is an archive. */
const DELIVERED: readonly RequestState[] = ['COMPLETED', 'COMPLETED_WITH_ERRORS', 'NOTHING_FOUND'];

/** `gdpr retrieve`: writes everything about the Subject to `--out` (R9). */
export const retrieve = new Verb('retrieve', 'Retrieve the data of one user or device as an archive.')
  .withSubject()
  .option('--engine-data', 'data of the Engines; without --engine-data and --portal-data you get both')
  .option('--portal-data', 'data of the Portal')
  .withAccounts()
  .withOut()
  .addOption(
    new Option('--co-users <MODE>', 'names of other people: as recorded, or masked; default: settings.json').choices([
      'keep',
      'mask',
    ]),
  )
  .withLogin()
  .withApi()
  .withLocal()
  .example('gdpr retrieve --user jmeyer --out gdpr-data.tar.gz', REQUEST_EXIT_CODES)
  .does<Options>(async (options) => {
    const path = await checkOutFile(options.out, options.force === true);
    return withConnection(options, async (connection) => {
      const { api, signal } = connection;
      const { coUsers, json } = options;
      const [typed, sources] = [subjectOf(options), sourcesOf(options)];
      const login = await connection.login();
      const mayChoose = !typed.accounts && sources.includes('engine');
      const accounts = mayChoose ? await chooseAccounts(connection, typed, login, !json) : undefined;
      const subject = { ...typed, ...(accounts && { accounts: [...accounts] }) };
      const body: StartRequest = { kind: 'retrieve', subject, sources, login, ...(coUsers && { coUsers }) };
      const { view, interrupted } = await followRequest(connection, () => api.startRequest(body));
      const written = !interrupted && DELIVERED.includes(view.state);
      if (written) await download(api, view, path, signal);
      const nearNames = written && view.subjectKind === 'user' ? await nearNamesOf(connection, view) : [];
      if (json) printJson({ ...view, out: written ? path : null, found: anythingFound(view), nearNames });
      report(view, interrupted, written && !json ? path : undefined);
      if (nearNames.length > 0) {
        warn(`Not in the archive, but perhaps the same person: ${nearNames.map(printable).join(', ')}`);
      }
      return interrupted ? EXIT_INTERRUPTED : (EXIT_CODES[view.state] ?? 1);
    });
  });

/** Both sources when neither is named (R2). */
function sourcesOf({ engineData, portalData }: Options): Retrieval['sources'] {
  if (engineData === portalData) return ['engine', 'portal'];
  return [engineData ? 'engine' : 'portal'];
}

/** Other accounts of the same person, which are not in the archive. */
async function nearNamesOf({ api, signal }: Connection, { requestId }: RequestView): Promise<readonly string[]> {
  return (await api.call('getNearNames', { path: { requestId } }, signal)).names;
}

function report(view: RequestView, interrupted: boolean, path: string | undefined): void {
  if (interrupted) {
    warn(`Request ${view.requestId} is ${view.state}; nothing was written`);
    return;
  }
  warnMissing(view);
  if (view.failure === 'AmbiguousSubjectError') {
    warn('The name means several accounts: list them with `gdpr who NAME`, choose with --account NAME');
  }
  if (DELIVERED.includes(view.state)) warnNothingFound(view);
  if (view.state === 'COMPLETED_WITH_ERRORS') {
    warn(`Request ${view.requestId} lacks these sources. To query them again: gdpr rerun ${view.requestId} --out FILE`);
  }
  if (view.rerunUntil) {
    warn(`What was retrieved is kept until ${view.rerunUntil}. To continue: gdpr rerun ${view.requestId} --out FILE`);
  }
  if (path) print(view.archive ? `${path}  ${megabytes(view.archive.byteLength)}` : path);
}

/** `gdpr rerun ID`: when it is cancelled or fails, everything that was there before stays and nothing is written. */
export const rerun = new Verb(
  'rerun',
  'Query the missing sources of a request again. The request must be COMPLETED_WITH_ERRORS or FAILED; the new archive holds the old data too.',
)
  .argument('<ID>', 'the request')
  .withOut()
  .withLogin()
  .withApi()
  .example('gdpr rerun ID --out gdpr-data.tar.gz', REQUEST_EXIT_CODES)
  .does<ConnectionOptions & { out: string; force?: true }, [string]>(async ({ out, force, ...options }, id) => {
    const path = await checkOutFile(out, force === true);
    return withConnection(options, async (connection) => {
      const account = await connection.login();
      const { view, interrupted } = await followRequest(connection, () => connection.api.rerunRequest(id, account));
      const delivered = !interrupted && view.archive !== undefined && view.state !== 'FAILED';
      if (delivered) await download(connection.api, view, path, connection.signal);
      if (options.json) printJson({ ...view, out: delivered ? path : null });
      warnMissing(view);
      if (interrupted)
        warn(`Request ${view.requestId} is ${view.state}; nothing was written, what was there before stays`);
      else if (delivered && !options.json) print(`${path}  ${megabytes(view.archive!.byteLength)}`);
      return interrupted ? EXIT_INTERRUPTED : (EXIT_CODES[view.state] ?? 1);
    });
  });
