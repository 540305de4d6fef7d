import { fstatSync } from 'node:fs';
import { isIP } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { AnswerOf, CallName, InputOf } from '../client/request.ts';
import type { Login } from '../client/types.ts';
import type { LocalGiven } from '../local/private-system.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import { InterruptedError, UsageError } from './errors.ts';
import { readSystemFile, typedPath } from './files.ts';
import { listenForInterrupt } from './interrupt.ts';

/** How long to wait for a pipe before the password counts as missing, milliseconds. */
const MAX_SILENCE = 10_000;

const MISSING =
  'There is no password: set GDPR_PASSWORD (PGPASSWORD for a Portal database), or pipe it in, or run this on a terminal';

/** Asks for a password: on a terminal without echo, else from standard input. @throws {UsageError} nothing comes */
export async function askPassword(username: string, signal: AbortSignal): Promise<string> {
  const typed = process.stdin.isTTY && askOnTerminal(`Password of ${username}: `, true, signal);
  const password = await (typed || readPasswordLine(signal));
  if (password === '') throw new UsageError(MISSING);
  return password;
}

/** The first line of standard input, without its end. @throws {UsageError} there is none */
async function readPasswordLine(signal: AbortSignal): Promise<string> {
  const stat = fstatSync(0);
  if (stat.isCharacterDevice() && !process.stdin.isTTY) throw new UsageError(MISSING);
  const timeout = AbortSignal.timeout(MAX_SILENCE);
  const lines = createInterface({ input: process.stdin, signal: AbortSignal.any([signal, timeout]) });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
    process.stdin.pause();
  }
  if (signal.aborted) throw new InterruptedError();
  throw new UsageError(MISSING);
}

const SILENT = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Asks at the terminal. @param isSecret what is typed is not shown @throws {InterruptedError} the terminal is closed, or Ctrl-C */
export async function askOnTerminal(question: string, isSecret: boolean, signal: AbortSignal): Promise<string> {
  const output = isSecret ? SILENT : process.stderr;
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  const stopped = new AbortController();
  terminal.on('SIGINT', () => stopped.abort());
  terminal.on('close', () => stopped.abort());
  if (isSecret) process.stderr.write(question);
  try {
    return await terminal.question(isSecret ? '' : question, { signal: AbortSignal.any([signal, stopped.signal]) });
  } catch {
    throw new InterruptedError();
  } finally {
    terminal.close();
    if (isSecret) process.stderr.write('\n');
  }
}

export interface ConnectionOptions extends LocalGiven {
  readonly api?: string;
  readonly token?: string;
  readonly sigv4?: true;
  readonly login?: string;
  readonly passwordStdin?: true;
  readonly json?: true;
}

/** One call of the API, which an interrupt ends. */
export type Ask = <Name extends CallName>(name: Name, input: InputOf<Name>) => Promise<AnswerOf<Name>>;

export interface Connection {
  readonly api: ApiClient;
  readonly ask: Ask;
  /** Aborted by Ctrl-C or a polite kill. */
  readonly signal: AbortSignal;
  /** The Nexthink account: asked for only when a verb needs it. */
  login(): Promise<Login>;
}

/** Connects as the options say, runs `work`, and stops a private system whatever happens. */
export async function withConnection<T>(given: ConnectionOptions, work: (connection: Connection) => Promise<T>) {
  const signal = listenForInterrupt();
  const target = await findTarget(given);
  try {
    if (signal.aborted) throw new InterruptedError();
    const api = apiClient(target.apiUrl, target.proof);
    const ask: Ask = (name, input) => api.call(name, input, signal);
    return await work({ api, ask, signal, login: () => findLogin(given, target.sample, signal) });
  } finally {
    await target.stop?.();
  }
}

/** The API, what proves the caller to it, and the sample account when the Engines are simulated. */
async function findTarget(given: ConnectionOptions) {
  if (given.local) {
    const { startPrivateSystem } = await import('../local/private-system.ts'); // only now: other verbs start fast
    const system = await startPrivateSystem(given, typedPath).catch((error: Error) => {
      throw error.name === 'PrivateSystemError' ? new UsageError(error.message, { cause: error }) : error;
    });
    return { apiUrl: system.apiUrl, proof: system.token, sample: system.login, stop: () => system.stop() };
  }
  if (given.sigv4) {
    const { signCalls } = await import('../client/sign-calls.ts'); // only now: other calls start fast
    const proof = await signCalls().catch((cause: unknown) => {
      throw new UsageError('There are no AWS credentials or no region: set AWS_PROFILE and AWS_REGION', { cause });
    });
    return { apiUrl: checkedAddress(given.api), proof, sample: undefined, stop: undefined };
  }
  const isGiven = given.api !== undefined && (given.token ?? process.env.GDPR_TOKEN);
  const system = isGiven ? undefined : await readSystemFile();
  const apiUrl = checkedAddress(given.api ?? system?.api);
  const own = system !== undefined && URL.parse(system.api)?.href === new URL(apiUrl).href;
  const token = given.token ?? (process.env.GDPR_TOKEN || (own ? system.token : undefined));
  if (!token) throw new UsageError(`--token TOKEN or GDPR_TOKEN is missing for ${apiUrl}`);
  return { apiUrl, proof: token, sample: own ? system.login : undefined, stop: undefined };
}

function checkedAddress(address: string | undefined): string {
  if (address === undefined) throw new UsageError('No system was started here: run `npm start`, or give --api URL');
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError('--api must be an http or https address');
  if (url.username || url.password) throw new UsageError('--api must not hold a user name or a password');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new UsageError('--api must be https, since passwords travel to it; http is for this machine alone');
  return address;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));

/** Password: standard input when asked for, else GDPR_PASSWORD, else the sample login's own, else from the Operator. */
export async function findLogin(given: ConnectionOptions, sample: Login | undefined, signal: AbortSignal) {
  const username = given.login ?? (process.env.GDPR_LOGIN || sample?.username);
  if (!username) throw new UsageError('--login NAME or GDPR_LOGIN is missing');
  if (given.passwordStdin) return { username, password: await readPasswordLine(signal) };
  if (process.env.GDPR_PASSWORD) return { username, password: process.env.GDPR_PASSWORD };
  if (username === sample?.username) return sample;
  return { username, password: await askPassword(username, signal) };
}
