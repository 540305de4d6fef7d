import { program } from '../../cli/program.ts';
import type { Verb } from '../../cli/verb.ts';

/** Every verb of the command line, groups of verbs included. */
export function allVerbs(verb: Verb = program): Verb[] {
  return verb.commands.flatMap((each) => [each as Verb, ...allVerbs(each as Verb)]);
}

/** What `--help` shows on a terminal of this width. */
export function helpOf(verb: Verb, width: number): string {
  let help = '';
  verb.configureOutput({
    getOutHelpWidth: () => width,
    writeOut: (text) => {
      help += text;
    },
  });
  verb.outputHelp();
  return help;
}

/** docs/cli.md: the help of every verb. */
export function helpPage(): string {
  const section = (verb: Verb) => `## ${verb.path}\n\n\`\`\`text\n${helpOf(verb, 100)}\`\`\`\n`;
  return `# The command line

This is the help of every verb; a test compares it with the program. Write \`npm run -s gdpr -- <verb>\` in the folder of
the project. Or load the completion, which defines \`gdpr\`: \`source <(npm run -s gdpr -- completion bash)\`. Passwords are
never arguments: use GDPR_PASSWORD, \`--password-stdin\` or the prompt.

${[program, ...allVerbs()].map(section).join('\n')}`;
}
