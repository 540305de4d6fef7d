import { anonymize } from './commands/anonymize.ts';
import { approve } from './commands/approve.ts';
import { archive } from './commands/archive-verify.ts';
import { audit } from './commands/audit.ts';
import { cancel } from './commands/cancel.ts';
import { certificate } from './commands/certificate.ts';
import { deadline } from './commands/deadline.ts';
import { deny } from './commands/deny.ts';
import { engines } from './commands/engines.ts';
import { events } from './commands/events.ts';
import { list } from './commands/list.ts';
import { login } from './commands/login.ts';
import { preview } from './commands/preview.ts';
import { rerun } from './commands/rerun.ts';
import { retrieve } from './commands/retrieve.ts';
import { status } from './commands/status.ts';
import { UsageError } from './errors.ts';
import { listenForInterrupt } from './interrupt.ts';
import { reportFailure } from './output.ts';
import { USAGE } from './usage.ts';

/** A verb takes what follows it and gives the exit code. */
type Verb = (args: readonly string[], signal: AbortSignal) => Promise<number>;

/** Loaded when it is called: it brings a driver along that no other verb needs. */
const portal: Verb = async (args) => (await import('./commands/portal.ts')).portal(args);

const VERBS: Readonly<Record<string, Verb>> = {
  preview,
  portal,
  retrieve,
  rerun,
  anonymize,
  status,
  list,
  cancel,
  approve,
  deny,
  login,
  deadline,
  engines,
  archive,
  certificate,
  events,
  audit,
};

/** Runs one command line. @returns the exit code */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === 'help' || args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  try {
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (!verb) throw new UsageError(`The verb comes first: ${Object.keys(VERBS).join(', ')}`);
    return await verb(args, listenForInterrupt());
  } catch (error) {
    return reportFailure(error, args.includes('--json'));
  }
}

process.exit(await main(process.argv.slice(2)));
