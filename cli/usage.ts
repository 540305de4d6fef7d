import type { Option } from 'commander';
import { UsageError } from './errors.ts';

/**
 * Refuses what commander would accept or repeat.
 * @throws {UsageError} a password, or an option that is empty, given twice, or followed by another option instead of its value
 */
export function checkArguments(args: readonly string[], options: readonly Option[]): void {
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
    if (value === undefined || (inline === undefined && /^-./.test(value))) {
      throw new UsageError(`${flag} needs a value (write ${flag}=-x for one that starts with a dash)`);
    }
    if (inline === undefined) at += 1;
  }
}

/** What is known of a verb when its arguments are wrong. */
interface WrongVerb {
  readonly path: string;
  /** Such as `[options] <ID>`. */
  readonly usage: string;
  readonly subcommands: readonly string[];
}

/**
 * The reader's next step for a message of commander.
 * @returns a sentence without any word that was typed, which may be a name; options apart
 */
export function whatToChange(code: string, message: string, { path, usage, subcommands }: WrongVerb): string {
  const [option, other] = Array.from(message.matchAll(/--[\w-]+/g), ([name]) => name);
  const hint = / ?\n(\(Did you mean .+\?\))$/.exec(message)?.[1];
  switch (code) {
    case 'commander.unknownCommand':
      if (hint) return `There is no such verb ${hint}`;
      return `${path === 'gdpr' ? 'The verb comes first' : `\`${path}\` needs one of these`}: ${subcommands.join(', ')}`;
    case 'commander.unknownOption':
      return `${option ?? 'An option'} is not an option of \`${path}\`${hint ? ` ${hint}` : ''}`;
    case 'commander.conflictingOption':
      return `Give ${option} or ${other}, not both`;
    case 'commander.invalidArgument': {
      const [, name, reason] =
        /^error: (?:option '(--[\w-]+)|command-argument).* (?:Allowed choices are|It must be) (.+)\.$/s.exec(message) ??
        [];
      return `${name ?? usage} must be ${/,/.test(reason ?? '') ? 'one of ' : ''}${reason}`;
    }
    case 'commander.missingArgument':
      return `${/'(.+)'$/.exec(message)?.[1]} is missing: ${path} ${usage}`;
    case 'commander.excessArguments':
      return 'There is an argument too many; a name with spaces needs quotes after --user, --device or --out';
    default:
      return `The command line cannot be understood (${code})`;
  }
}
