import { CommanderError } from 'commander';
import { reportFailure } from './output.ts';
import { program } from './program.ts';
import type { Verb } from './verb.ts';

const args = process.argv.slice(2);

/** The verb that a command line names, as far as there is one. */
function verbIn(words: readonly string[]): Verb {
  let verb: Verb = program;
  for (const word of words) {
    const next = verb.commands.find((each) => each.name() === word);
    if (!next) break;
    verb = next as Verb;
  }
  return verb;
}

try {
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  // A CommanderError ends the help: exit code 1 means that it was not asked for
  const isHelp = error instanceof CommanderError;
  process.exitCode = isHelp ? 2 * error.exitCode : reportFailure(error, args.includes('--json'), verbIn(args).path);
}
process.exit(); // a connection to the API may still be open
