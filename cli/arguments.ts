import { parseArgs } from 'node:util';
import type { Subject } from '../modules/requests/subject.ts';
import { UsageError } from './errors.ts';

interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
}
type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Options that every verb takes. */
export const COMMON = {
  api: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies OptionSpecs;

/** Options of the verbs that need the Operator's login. */
export const LOGIN = {
  login: { type: 'string' },
  'password-stdin': { type: 'boolean' },
} as const satisfies OptionSpecs;

/** Options of the private system of `--local`. */
export const LOCAL = {
  local: { type: 'boolean' },
  engines: { type: 'string' },
  rows: { type: 'string' },
  seed: { type: 'string' },
  delay: { type: 'string' },
  fault: { type: 'string', multiple: true },
  'engine-timeout': { type: 'string' },
} as const satisfies OptionSpecs;

/** Options that name the Subject. */
export const SUBJECT = { user: { type: 'string' }, device: { type: 'string' } } as const satisfies OptionSpecs;

/** What was given, by option name. */
export type Given = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/**
 * Reads the arguments of one verb.
 * @param positionals names of the arguments without a flag, all of them needed
 * @throws {UsageError} an unknown flag, one given twice or without its value, a password, an argument too many or too few
 */
export function parseArguments(
  args: readonly string[],
  specs: OptionSpecs,
  positionals: readonly string[] = [],
): { given: Given; values: string[] } {
  if (args.some((arg) => /^--password(=|$)/.test(arg))) {
    throw new UsageError(
      '--password is refused, since other users of this machine can see arguments; use GDPR_PASSWORD, --password-stdin or the terminal',
    );
  }
  const parsed = parse(args, specs);
  const seen = new Set<string>();
  for (const token of parsed.tokens ?? []) {
    if (token.kind !== 'option' || specs[token.name]?.multiple) continue;
    if (seen.has(token.name)) throw new UsageError(`--${token.name} is given twice`);
    if (token.value === '') throw new UsageError(`--${token.name} is empty`);
    seen.add(token.name);
  }
  if (parsed.positionals.length > positionals.length) {
    throw new UsageError(
      'There is an argument too many; a name with spaces needs quotes after --user, --device or --out',
    );
  }
  const missing = positionals[parsed.positionals.length];
  if (missing) throw new UsageError(`${missing} is missing`);
  return { given: parsed.values, values: parsed.positionals };
}

function parse(args: readonly string[], specs: OptionSpecs) {
  try {
    return parseArgs({ args: [...args], options: specs, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    const flag = /--[\w-]+/.exec((error as Error).message)?.[0] ?? 'An option';
    const known = Object.hasOwn(specs, flag.slice(2));
    const valued = known && specs[flag.slice(2)]?.type === 'string';
    if (valued) throw new UsageError(`${flag} needs a value (write ${flag}=-x for one that starts with a dash)`);
    throw new UsageError(known ? `${flag} takes no value` : `${flag} is not an option of this verb`);
  }
}

/** The text given for an option. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
}

/** The whole number given for an option. @throws {UsageError} it is none, or below `least` */
export function countOf(given: Given, name: string, least: number): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= least) return count;
  throw new UsageError(`--${name} must be a whole number from ${least}`);
}

/** The word given for an option, one of a few. @throws {UsageError} it is another */
export function choiceOf<T extends string>(given: Given, name: string, choices: readonly T[]): T | undefined {
  const text = textOf(given, name);
  const choice = choices.find((each) => each === text);
  if (text !== undefined && !choice) throw new UsageError(`--${name} must be one of ${choices.join(', ')}`);
  return choice;
}

/** The Subject of `--user` or `--device` (R1). @throws {UsageError} both, or none */
export function subjectOf(given: Given): Subject {
  const user = textOf(given, 'user');
  const device = textOf(given, 'device');
  if (user !== undefined && device !== undefined) {
    throw new UsageError('Give --user or --device, not both: a request is about one user or one device');
  }
  if (user !== undefined) return { kind: 'user', name: user };
  if (device !== undefined) return { kind: 'device', name: device };
  throw new UsageError('--user NAME or --device NAME is missing');
}
