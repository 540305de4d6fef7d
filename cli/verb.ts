import { Command, type ErrorOptions, InvalidArgumentError, Option } from 'commander';
import type { Subject } from '../client/shapes.ts';
import { type Connection, type ConnectionOptions, withConnection } from './connection.ts';
import { UsageError } from './errors.ts';

export interface SubjectOptions {
  readonly user?: string;
  readonly device?: string;
  readonly account?: readonly string[];
  readonly commonWord?: true;
}

export interface CaseOptions {
  readonly reference?: string;
  readonly receivedOn?: string;
  readonly recipient?: readonly string[];
  readonly note?: string;
}

const PRIVATE = 'Private system:';

/** What a verb does with its options and arguments. @returns the exit code */
type Work<Options, Args extends readonly (string | undefined)[]> = (
  options: Options,
  ...args: Args
) => number | Promise<number>;

/** A verb of `gdpr`. Groups of options that several verbs share come last. Messages never repeat what was typed: it may be a name. */
export class Verb extends Command {
  /** Of each group one option must be there. Checked after unknown options, which are often why one is missing. */
  readonly #needed: Option[][] = [];

  constructor(name: string, description: string) {
    super(name);
    this.summary(description.split('. ')[0]!.replace(/\.$/, '')).description(description);
    this.helpOption('--help', 'show this help').helpCommand(false).exitOverride();
    this.configureHelp({
      subcommandTerm: (verb) => `${verb.name()} ${verb.usage()}`.replace(/ \[(options|command)\]/g, ''),
    });
  }

  /** The words that call it, such as `gdpr certificate get`. */
  get path(): string {
    return this.parent instanceof Verb ? `${this.parent.path} ${this.name()}` : this.name();
  }

  /** Adds an option without which the verb does not begin. */
  needs(option: Option): this {
    this.#needed.push([option]);
    return this.addOption(option);
  }

  withSubject(isNeeded = true): this {
    const user = new Option('--user <NAME>', 'user, as the Finder or the Portal shows the name').conflicts('device');
    const device = new Option('--device <NAME>', 'device, likewise');
    if (isNeeded) this.#needed.push([user, device]);
    return this.addOption(user).addOption(device);
  }

  withAccounts(): this {
    return this.option(
      '--account <NAME...>',
      'accounts that you mean, as `gdpr who` shows them; default: the one with this name',
    ).option(
      '--common-word',
      'the login is also a common word, such as may: in texts of others the bare word stays, as a mention',
    );
  }

  withOut(): this {
    return this.needs(
      new Option('--out <FILE>', 'file to write, usually gdpr-data.tar.gz; - for standard output'),
    ).option('--force', 'replace FILE if it exists');
  }

  /** What a request carries of its case (R31). */
  withCase(): this {
    return this.optionsGroup('Case:')
      .option('--reference <REF>', 'your number of the case: one deadline for all its requests; it must name nobody')
      .option(
        '--received-on <DAY>',
        'day on which the person asked, such as 2026-06-01; default: that of the case, else today',
      )
      .option('--recipient <ID...>', 'other callers who get the archive or the certificate')
      .option('--note <TEXT>', 'a line for the operators; it must name nobody');
  }

  /** Options for the Nexthink account. Its password is never an argument. */
  withLogin(): this {
    return this.optionsGroup('Nexthink account:')
      .option('--login <NAME>', 'default: GDPR_LOGIN, else the sample account of the system that runs here')
      .option('--password-stdin', 'read the password from standard input; default: GDPR_PASSWORD, else a prompt');
  }

  withApi(): this {
    const sigv4 = new Option('--sigv4', 'sign calls with your AWS role, as a machine; --api is then MachineApiUrl');
    return this.optionsGroup('System:')
      .option('--api <URL>', 'address of the API; default: the system that `npm start` runs here')
      .option('--token <TOKEN>', 'access token; default: GDPR_TOKEN, else the token of that system')
      .addOption(sigv4.conflicts(['token', 'local']));
  }

  withLocal(): this {
    return this.optionsGroup(PRIVATE)
      .addOption(
        new Option('--local', 'start a system with simulated Engines for this call').conflicts(['api', 'token']),
      )
      .addOption(portalUrl('a simulated one'))
      .option('--portal-mapping <FILE>', 'its mapping')
      .option('--engines <N>', 'number of its Engines', wholeNumber(1))
      .option('--rows <N>', 'rows of data for each Engine', wholeNumber(0))
      .option('--seed <N>', 'the same seed gives the same data', wholeNumber(0))
      .option('--delay <MS>', 'time that its Engines take to answer', wholeNumber(0))
      .option('--fault <ENGINE=KIND...>', 'let an Engine fail, such as engine-2=down')
      .option('--engine-timeout <SECONDS>', 'time after which an Engine counts as missing', wholeNumber(1));
  }

  /** Adds an example and the exit codes to the help. @param exitCodes those that differ from the usual ones */
  example(commandLine: string, exitCodes: Readonly<Record<number, string>> = {}): this {
    const codes = Object.entries({ 0: 'done', 1: 'failed', 2: 'wrong usage', 130: 'interrupted', ...exitCodes });
    const lines = codes.map(([code, meaning]) => `  ${code.padEnd(3)}  ${meaning}`);
    return this.addHelpText('after', ['', 'Example:', `  ${commandLine}`, '', 'Exit codes:', ...lines].join('\n'));
  }

  does<Options extends object = object, Args extends readonly (string | undefined)[] = []>(
    work: Work<Options, Args>,
  ): this {
    this.addOption(new Option('--json', 'print one JSON document').helpGroup('Options:'));
    return this.action(async () => {
      for (const group of this.#needed) {
        if (group.some((option) => this.#has(option))) continue;
        const names = group.map(({ flags }) => flags.replace(/[<>]/g, '')).join(' or ');
        const { description, argChoices } = group[0]!;
        throw new UsageError(`${names} is missing: ${description}${argChoices ? ` (${argChoices.join(', ')})` : ''}`);
      }
      const stray = this.options.find((option) => option.helpGroupHeading === PRIVATE && this.#has(option));
      if (stray && !this.getOptionValue('local')) throw new UsageError(`${stray.long} works with --local only`);
      process.exitCode = await work(this.opts() as Options, ...(this.processedArgs as unknown as Args));
    });
  }

  /** The same for a verb that begins with a connection to the API. */
  calls<Options extends ConnectionOptions = ConnectionOptions, Args extends readonly (string | undefined)[] = []>(
    work: Work<Options & { readonly connection: Connection }, Args>,
  ): this {
    return this.withApi().does<Options, Args>((options, ...args) =>
      withConnection(options, async (connection) => work({ ...options, connection }, ...args)),
    );
  }

  #has(option: Option): boolean {
    return this.getOptionValue(option.attributeName()) !== undefined;
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    checkArguments(args, this.options);
    return super.parseOptions(args);
  }

  override error(message: string, { code = '' }: ErrorOptions = {}): never {
    throw new UsageError(whatToChange(code, message, this));
  }
}

/** Names a Portal database of one's own. Other users of the machine see arguments, so that none may hold a password. */
export const portalUrl = (otherwise: string): Option =>
  new Option(
    '--portal-url <URL>',
    `Portal database, postgresql://role@host:5432/database; its password: PGPASSWORD, else ~/.pgpass. PGSSLROOTCERT names a CA file. Default: ${otherwise}`,
  ).argParser((text: string) => {
    if (!URL.parse(text)?.password) return text;
    throw new InvalidArgumentError('It must be without a password: use PGPASSWORD or the file ~/.pgpass.');
  });

export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };

export const subjectOf = ({ user, device, account, commonWord }: SubjectOptions): Subject => ({
  ...(user === undefined ? { kind: 'device', name: device! } : { kind: 'user', name: user }),
  ...(account && { accounts: [...account] }),
  ...(commonWord && { commonWord }),
});

export const caseOf = ({ reference, receivedOn, recipient, note }: CaseOptions) => ({
  reference,
  receivedAt: receivedOn,
  recipients: recipient,
  note,
});

/** Refuses a password, and an option that is empty, given twice or without its value: commander would accept or repeat it. */
function checkArguments(args: readonly string[], options: readonly Option[]): void {
  const seen = new Set<Option>();
  for (let at = 0; at < args.length && args[at] !== '--'; at += 1) {
    const [, flag, inline] = /^(--[^=]*)(?:=(.*))?$/s.exec(args[at]!) ?? [];
    if (flag === '--password') {
      throw new UsageError(
        '--password is refused: other users of this machine can see it. Use GDPR_PASSWORD, --password-stdin or the prompt',
      );
    }
    const option = options.find(({ long }) => long === flag);
    if (!option) continue;
    if (seen.has(option) && !option.variadic) throw new UsageError(`${flag} is given twice`);
    seen.add(option);
    if (!option.required) {
      if (inline !== undefined) throw new UsageError(`${flag} takes no value`);
      continue;
    }
    const value = inline ?? args[at + 1];
    if (value === '') throw new UsageError(`${flag} is empty`);
    if (value === undefined || (inline === undefined && /^-./.test(value)))
      throw new UsageError(`${flag} needs a value (write ${flag}=-x for one that starts with a dash)`);
    if (inline === undefined) at += 1;
  }
}

/** The reader's next step for a message of commander. It repeats no word that was typed, which may be a name; options apart. */
function whatToChange(code: string, message: string, verb: Verb): string {
  const { path } = verb;
  const [option, other] = Array.from(message.matchAll(/--[\w-]+/g), ([name]) => name);
  const hint = / ?\n(\(Did you mean .+\?\))$/.exec(message)?.[1];
  switch (code) {
    case 'commander.unknownCommand':
      if (hint) return `There is no such verb ${hint}`;
      return `${path === 'gdpr' ? 'The verb comes first' : `\`${path}\` needs one of these`}: ${verb.commands.map((each) => each.name()).join(', ')}`;
    case 'commander.unknownOption':
      return `${option ?? 'An option'} is not an option of \`${path}\`${hint ? ` ${hint}` : ''}`;
    case 'commander.conflictingOption':
      return `Give ${option} or ${other}, not both`;
    case 'commander.invalidArgument': {
      const [, name, reason] =
        /^error: (?:option '(--[\w-]+)|command-argument).* (?:Allowed choices are|It must be) (.+)\.$/s.exec(message) ??
        [];
      return `${name ?? verb.usage()} must be ${/,/.test(reason ?? '') ? 'one of ' : ''}${reason}`;
    }
    case 'commander.missingArgument':
      return `${/'(.+)'$/.exec(message)?.[1]} is missing: ${path} ${verb.usage()}`;
    case 'commander.excessArguments':
      return 'There is one argument too many; a name with spaces needs quotes';
    default:
      return `The command line cannot be understood (${code})`;
  }
}
