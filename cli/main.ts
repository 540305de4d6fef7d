import { anonymize } from './anonymize.ts';
import { approve } from './approve.ts';
import { audit } from './audit.ts';
import { bundle } from './bundle-verify.ts';
import { cancel } from './cancel.ts';
import { certificate } from './certificate.ts';
import { deadline } from './deadline.ts';
import { deny } from './deny.ts';
import { engines } from './engines.ts';
import { UsageError } from './errors.ts';
import { events } from './events.ts';
import { listenForInterrupt } from './interrupt.ts';
import { list } from './list.ts';
import { login } from './login.ts';
import { reportFailure } from './output.ts';
import { preview } from './preview.ts';
import { rerun } from './rerun.ts';
import { retrieve } from './retrieve.ts';
import { status } from './status.ts';
import { sweep } from './sweep.ts';
import { USAGE } from './usage.ts';

/** A verb takes what follows it and gives the exit code. */
type Verb = (args: readonly string[], signal: AbortSignal) => Promise<number>;

/** Loaded when it is called: it brings a driver along that no other verb needs. */
const portal: Verb = async (args) => (await import('./portal.ts')).portal(args);

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
  bundle,
  certificate,
  events,
  audit,
  sweep,
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
