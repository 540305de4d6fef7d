import { Option } from 'commander';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { RequestState } from '../../client/shapes.ts';
import type { StartRequest } from '../../client/types.ts';
import { type Connection, type ConnectionOptions, withConnection } from '../connection.ts';
import { DownloadError } from '../errors.ts';
import { checkOutFile, downloadTo, type Out } from '../files.ts';
import { type Followed, followRequest, megabytes } from '../follow.ts';
import { EXIT_INTERRUPTED } from '../interrupt.ts';
import { anythingFound, print, printJson, REQUEST_EXIT_CODES, warn, warnMissing, warnNothingFound } from '../output.ts';
import { type CaseOptions, caseOf, type SubjectOptions, subjectOf, Verb } from '../verb.ts';
import { chooseAccounts } from './who.ts';

type Retrieval = Extract<StartRequest, { kind: 'retrieve' }>;

interface Options extends ConnectionOptions, SubjectOptions, CaseOptions, Out {
  readonly engineData?: true;
  readonly portalData?: true;
  readonly coUsers?: NonNullable<Retrieval['coUsers']>;
}

const DELIVERED: readonly RequestState[] = ['COMPLETED', 'COMPLETED_WITH_ERRORS', 'NOTHING_FOUND'];

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
  .withCase()
  .withLogin()
  .withApi()
  .withLocal()
  .example('gdpr retrieve --user jmeyer --out gdpr-data.tar.gz', REQUEST_EXIT_CODES)
  .does<Options>((options) =>
    delivering(options, async (connection) => {
      const { coUsers, json } = options;
      const [typed, sources] = [subjectOf(options), sourcesOf(options)];
      const login = await connection.login();
      const mayChoose = !typed.accounts && sources.includes('engine');
      const accounts = mayChoose ? await chooseAccounts(connection, typed, login, !json) : undefined;
      const subject = accounts ? { ...typed, accounts } : typed;
      const body = { kind: 'retrieve', subject, sources, login, coUsers, ...caseOf(options) } as const;
      return followRequest(connection, () => connection.api.startRequest(body));
    }),
  );

/** Both sources when neither is named (R2). */
function sourcesOf({ engineData, portalData }: Options): Retrieval['sources'] {
  if (engineData === portalData) return ['engine', 'portal'];
  return [engineData ? 'engine' : 'portal'];
}

/** Checks `--out`, waits for the archive, writes it, if there is one, and says where it is and what is missing. */
async function delivering(options: ConnectionOptions & Out, follow: (connection: Connection) => Promise<Followed>) {
  const { json } = options;
  const path = await checkOutFile(options);
  return withConnection(options, async (connection) => {
    const { view, interrupted } = await follow(connection);
    const { requestId, state } = view;
    const written = !interrupted && DELIVERED.includes(state);
    if (written) await downloadTo(path, connection.api, view, connection.signal);
    if (json) printJson({ ...view, out: written ? path : null, found: anythingFound(view) });
    if (interrupted) {
      warn(`Request ${requestId} is ${state}; nothing was written`);
      return EXIT_INTERRUPTED;
    }
    warnMissing(view);
    if (view.failure === 'AmbiguousSubjectError')
      warn('The name means several accounts: list them with `gdpr who NAME`, choose with --account NAME');
    if (written) warnNothingFound(view);
    if (state === 'COMPLETED_WITH_ERRORS')
      warn(`Request ${requestId} lacks these sources. To query them again: gdpr rerun ${requestId} --out FILE`);
    if (view.rerunUntil)
      warn(`What was retrieved is kept until ${view.rerunUntil}. To continue: gdpr rerun ${requestId} --out FILE`);
    if (written && !json && path !== '-')
      print([path, view.archive && megabytes(view.archive.byteLength)].join('  ').trimEnd());
    return EXIT_CODES[state] ?? 1;
  });
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
  .does<ConnectionOptions & Out, [string]>((options, requestId) =>
    delivering(options, async (connection) => {
      const login = await connection.login();
      return followRequest(connection, () => connection.api.rerunRequest(requestId, login));
    }),
  );

export const download = new Verb('download', 'Download the archive of a request.')
  .argument('<ID>', 'the request')
  .withOut()
  .withApi()
  .example('gdpr download ID --out gdpr-data.tar.gz', REQUEST_EXIT_CODES)
  .does<ConnectionOptions & Out, [string]>((options, requestId) =>
    delivering(options, async ({ ask }) => {
      const view = await ask('getRequest', { path: { requestId } });
      if (!DELIVERED.includes(view.state)) throw new DownloadError(requestId, `is not there: it is ${view.state}`);
      return { view, interrupted: false };
    }),
  );
