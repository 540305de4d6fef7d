import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InterruptedError, UsageError } from './errors.ts';

/** How long to wait for a pipe before the password counts as missing, milliseconds. */
const MAX_SILENCE = 10_000;

const MISSING =
  'There is no password: set GDPR_PASSWORD, or pipe it in with --password-stdin, or run this on a terminal';

/**
 * Asks for a password: on a terminal without echo, else from the first line of standard input.
 * @throws {UsageError} nothing comes
 */
export async function askPassword(username: string, signal: AbortSignal): Promise<string> {
  const password = process.stdin.isTTY ? await askOnTerminal(username, signal) : await readPasswordLine(signal);
  if (password === '') throw new UsageError(MISSING);
  return password;
}

/** The first line of standard input, without its end. @throws {UsageError} there is none */
export async function readPasswordLine(signal: AbortSignal): Promise<string> {
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

async function askOnTerminal(username: string, signal: AbortSignal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  const stopped = new AbortController();
  terminal.on('SIGINT', () => stopped.abort());
  terminal.on('close', () => stopped.abort());
  process.stderr.write(`Password of ${username}: `);
  try {
    return await terminal.question('', { signal: AbortSignal.any([signal, stopped.signal]) });
  } catch {
    throw new InterruptedError();
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
