import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { LocalSystem } from '../../local/system.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with its output. */
export function run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
}

/** Runs `gdpr` against a running system, as its operator. */
export const gdpr = ({ apiUrl, token, login }: LocalSystem, ...args: string[]): Promise<Outcome> =>
  run('node', ['cli/main.ts', ...args, '--api', apiUrl, '--login', login.username], {
    GDPR_TOKEN: token,
    GDPR_PASSWORD: login.password,
  });

/** Runs `gdpr` for a verb that needs no login. */
export const gdprOpen = ({ apiUrl, token }: LocalSystem, ...args: string[]): Promise<Outcome> =>
  run('node', ['cli/main.ts', ...args, '--api', apiUrl], { GDPR_TOKEN: token });
