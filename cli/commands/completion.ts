import { fileURLToPath } from 'node:url';
import { Argument, type Command } from 'commander';
import { printJson } from '../output.ts';
import { Verb } from '../verb.ts';

/** Loads what the script calls, unless the shell has done so. */
const ZSH_SETUP =
  'whence compdef >/dev/null || { autoload -U compinit && compinit; }; autoload -U bashcompinit && bashcompinit';
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** `gdpr completion bash|zsh`: a script made from the verbs and options of the program. */
export const completion: Verb = new Verb(
  'completion',
  'Print a script that completes verbs and options. It defines the command `gdpr` where there is none.',
)
  .addArgument(new Argument('<SHELL>', 'your shell').choices(['bash', 'zsh']))
  .example('source <(npm run -s gdpr -- completion bash)')
  .does<{ json?: true }, [string]>(({ json }, shell) => {
    const script = scriptFor(completion.parent!, shell);
    if (json) printJson({ shell, script });
    else process.stdout.write(`${script}\n`);
    return 0;
  });

/** zsh runs the script of bash by `bashcompinit`. An empty answer completes file names. */
function scriptFor(program: Command, shell: string): string {
  const verbs = withSubcommands(program, program.name());
  const paths = verbs.slice(1).map(([path]) => `'${path}'`);
  const values = verbs.flatMap(([path, { options }]) =>
    options
      .filter(({ required }) => required)
      .map(({ long, argChoices = [] }) => `    '${path} ${long}') words='${argChoices.join(' ')}' ;;`),
  );
  return [
    ...(shell === 'zsh' ? [ZSH_SETUP] : []),
    `command -v gdpr >/dev/null || function gdpr { npm --prefix ${quoted(PROJECT)} run --silent gdpr -- "$@"; }`,
    '_gdpr() {',
    '  local at path=gdpr words current="$2" previous="$3"',
    '  for ((at = 1; at < COMP_CWORD; at++)); do',
    `    case "$path \${COMP_WORDS[at]}" in ${paths.join('|')}) path="$path \${COMP_WORDS[at]}" ;; esac`,
    '  done',
    '  case "$path" in',
    ...verbs.map(([path, verb]) => `    '${path}') ${wordsOf(verb)} ;;`),
    '  esac',
    '  case "$path $previous" in',
    ...values,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _gdpr gdpr',
  ].join('\n');
}

const withSubcommands = (verb: Command, path: string): [string, Command][] => [
  [path, verb],
  ...verb.commands.flatMap((each) => withSubcommands(each, `${path} ${each.name()}`)),
];

/** What may follow a verb: the verbs below it, or its options; where a file may follow, options only after a dash. */
function wordsOf({ commands, options, registeredArguments }: Command): string {
  const flags = [...options.map(({ long }) => long), '--help'].join(' ');
  const choices = registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  if (registeredArguments.some((argument) => argument.name().includes('FILE')))
    return `[[ "$current" == -* ]] && words='${flags}'`;
  return `words='${[...commands.map((each) => each.name()), ...choices, flags].join(' ')}'`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
