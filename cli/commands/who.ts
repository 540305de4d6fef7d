import type { Subject } from '../../client/shapes.ts';
import type { Login, SubjectsView } from '../../client/types.ts';
import { askOnTerminal, type Connection, type ConnectionOptions } from '../connection.ts';
import { ApiProblemError, UsageError } from '../errors.ts';
import { show, tableLines, warn } from '../output.ts';
import { Verb } from '../verb.ts';

const NOTHING_FOUND = 5;
const MAX_SHOWN_DEVICES = 3;

export const who = new Verb(
  'who',
  'List the accounts that a name may mean. Engines and Portal are asked; nothing starts.',
)
  .argument('<NAME>', 'the name, in any form: jmeyer, CORP\\jmeyer, jmeyer@CORP')
  .option('--device', 'it is the name of a device')
  .withLogin()
  .withLocal()
  .example('gdpr who jmeyer', { 3: 'nothing was found, and an Engine did not answer', 5: 'nothing was found' })
  .calls<ConnectionOptions & { readonly device?: true }, [string]>(
    async ({ connection: { ask, login }, device, json }, name) => {
      const subject = { kind: device ? 'device' : 'user', name } as const;
      const view = await ask('findSubjects', { body: { subject, login: await login() } });
      show(json, view, accountLines(view));
      for (const line of notes(view)) warn(line);
      if (view.accounts.length > 0) return 0;
      return view.missing.length > 0 ? 3 : NOTHING_FOUND;
    },
  );

/** The accounts that a typed name means, if several: a person at a terminal chooses. @throws {UsageError} nobody is there to choose */
export async function chooseAccounts(
  { ask, signal }: Connection,
  { kind, name }: Subject,
  login: Login,
  mayAsk: boolean,
): Promise<readonly string[] | undefined> {
  const view = await ask('findSubjects', { body: { subject: { kind, name }, login } }).catch(unlessAway);
  if (!view) return undefined;
  const meant = view.accounts.filter((account) => account.meant);
  for (const line of notes(view)) warn(line);
  const [only] = meant;
  if (only && meant.length === 1) {
    warn(`This is about ${only.name}, known to ${knownTo(only)}`);
    return view.missing.length > 0 ? undefined : [only.name]; // an Engine that is away may know a namesake
  }
  if (view.accounts.length === 0) return undefined;
  const choice = meant.length > 1 ? meant : view.accounts;
  for (const [at, line] of accountLines({ accounts: choice }).entries())
    warn(`${at === 0 ? '   ' : String(at).padStart(3)}  ${line}`);
  if (!mayAsk || !process.stdin.isTTY)
    throw new UsageError('The name may mean several accounts: choose with --account NAME, once for each');
  for (;;) {
    const answer = await askOnTerminal('Which? Numbers, such as 1 or 1,2: ', false, signal);
    const numbers = answer.split(/[\s,]+/).filter(Boolean);
    const chosen = numbers.flatMap((number) => choice[Number(number) - 1]?.name ?? []);
    if (chosen.length > 0 && chosen.length === numbers.length) return chosen;
  }
}

const knownTo = ({ engines, portal }: SubjectsView['accounts'][number]): string =>
  [...engines, ...(portal ? ['Portal'] : [])].join(', ');

/** The run can start without the look-up, and says which Engines are away. */
function unlessAway(error: unknown): undefined {
  if (!(error instanceof ApiProblemError) || (error.problem.status < 500 && error.problem.status !== 404)) throw error;
  warn('The accounts of this name could not be listed first; the request finds out by itself');
}

function accountLines({ accounts }: Pick<SubjectsView, 'accounts'>): string[] {
  const rows = accounts.map((account) => {
    const { name, domain = '', devices, deviceCount, lastSeen = '', meant, portal } = account;
    return [
      name,
      domain,
      [portal?.fullName, portal?.department].filter(Boolean).join(', '),
      knownTo(account),
      [...devices.slice(0, MAX_SHOWN_DEVICES), ...(deviceCount > MAX_SHOWN_DEVICES ? ['...'] : [])].join(', '),
      meant ? lastSeen : `${lastSeen} (perhaps)`.trim(),
    ];
  });
  if (rows.length === 0) return [];
  return tableLines([['ACCOUNT', 'DOMAIN', 'PERSON', 'KNOWN TO', 'DEVICES', 'LAST SEEN'], ...rows]);
}

function notes({ accounts, nearNames, tried, missing, subjectKind }: SubjectsView): string[] {
  const away = missing.map(({ name, reason }) => `${name} did not answer (${reason}): it may know more`);
  const isKnown = accounts.some(({ meant }) => meant);
  const near = `${isKnown ? 'Perhaps the same person' : 'Names like it'}: ${nearNames.join(', ')}`;
  const none = `No ${subjectKind} of this name was found on the Engines or in the Portal. Tried: ${tried.join(', ')}`;
  return [...(accounts.length === 0 ? [none] : []), ...(nearNames.length > 0 ? [near] : []), ...away];
}
