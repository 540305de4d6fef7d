import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { Login } from '../../client/types.ts';

/** The command line is wrong; the message says what to change. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Options {
  /** `stage` of gdpr.config.json. */
  readonly stage: string;
  /** A file of outputs in place of CloudFormation. */
  readonly outputs: string | undefined;
  /** The test account whose data is retrieved. */
  readonly user: string;
  /** The Nexthink account. */
  readonly login: Login;
  /** Access token of the API; absent: calls are signed with the AWS role. */
  readonly token: string | undefined;
  readonly report: string;
  readonly skip: readonly string[];
}

export const USAGE = `Usage: npm run smoke -- --stack NAME --user TEST_PERSON [--login NAME] [--outputs FILE] [--report FILE] [--sigv4] [--skip STEP]...
  --stack    stage of gdpr.config.json: the stacks are NAME-data and NAME-service
  --user     login name of a test person whom Engines and Portal know; GDPR_SMOKE_USER
  --login    Nexthink account with data privacy none (full access); GDPR_LOGIN. Its password: GDPR_PASSWORD, else a prompt
  --outputs  file that \`cdk deploy --outputs-file\` wrote, in place of CloudFormation
  --report   file to write; default: smoke-NAME.json
  --sigv4    no token: calls of the API are signed with your AWS role, which api.machines names
  --skip     step to leave out: platform, doctor, retrieval, rehearsal, nothing-found or alarm; may be given again
The access token of the API: GDPR_TOKEN, else a prompt; none with --sigv4. AWS: AWS_PROFILE and AWS_REGION, as for cdk.
Exit codes: 0 everything works, 1 something is at fault, 2 it could not begin, 3 no fault, but not everything was tried, 130 stopped.
What each step does and which rights it needs: docs/deployment.md, "The smoke run".`;

type Environment = Readonly<Record<string, string | undefined>>;
/** Asks for a text that is not shown. */
type Prompt = (question: string) => Promise<string>;

/** @param steps that may be skipped @throws {UsageError} its message repeats nothing that was typed */
export async function readOptions(
  args: readonly string[],
  env: Environment,
  steps: readonly string[],
  prompt: Prompt = promptOnTerminal,
): Promise<Options> {
  const given = parsed(args);
  const { stack: stage, outputs, user = env.GDPR_SMOKE_USER, login: username = env.GDPR_LOGIN, skip = [] } = given;
  if (!stage || !/^[a-z][a-z0-9-]{0,29}$/.test(stage))
    throw new UsageError('--stack NAME is missing, or is no stage: lower-case letters, digits and hyphens');
  if (!user)
    throw new UsageError('--user NAME or GDPR_SMOKE_USER is missing: a test person whom Engines and Portal know');
  if (!username) throw new UsageError('--login NAME or GDPR_LOGIN is missing: the Nexthink account');
  if (skip.some((step) => !steps.includes(step))) throw new UsageError(`--skip must be one of ${steps.join(', ')}`);
  const token = given.sigv4 ? undefined : env.GDPR_TOKEN || (await prompt('Access token of the API (GDPR_TOKEN)'));
  const password = env.GDPR_PASSWORD || (await prompt('Password of the Nexthink account (GDPR_PASSWORD)'));
  const report = given.report ?? `smoke-${stage}.json`;
  return { stage, outputs, user, login: { username, password }, token: token?.trim(), report, skip };
}

function parsed(args: readonly string[]) {
  if (args.some((arg) => /^--(password|token)\b/.test(arg)))
    throw new UsageError('Passwords and tokens are no arguments, which others see: use GDPR_PASSWORD and GDPR_TOKEN');
  const one = { type: 'string' } as const;
  const options = {
    stack: one,
    outputs: one,
    user: one,
    login: one,
    report: one,
    sigv4: { type: 'boolean' },
    skip: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch {
    throw new UsageError('An option is not known, or has no value');
  }
}

const SILENT = new Writable({ write: (_chunk, _encoding, done) => done() });

async function promptOnTerminal(question: string): Promise<string> {
  if (!process.stdin.isTTY) throw new UsageError(`There is no terminal to ask: ${question} is missing`);
  process.stderr.write(`${question}: `);
  const terminal = createInterface({ input: process.stdin, output: SILENT, terminal: true, historySize: 0 });
  const ended = new AbortController();
  terminal.once('close', () => ended.abort()); // Ctrl-C or Ctrl-D
  try {
    return await terminal.question('', { signal: ended.signal });
  } catch {
    throw new UsageError(`Nothing was typed: ${question} is missing`);
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
