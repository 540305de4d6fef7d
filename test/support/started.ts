import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = resolve(import.meta.dirname, '../..');

/** A program of the project that runs until it is stopped. */
export class Started {
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;
  out = '';
  err = '';

  /** @param file such as `local/main.ts` */
  constructor(file: string, args: readonly string[], cwd: string) {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#child = spawn(process.execPath, [join(PROJECT, file), ...args], {
      cwd,
      env: { PATH, NODE_COMPILE_CACHE },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.exited = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Until the output has this in it, or the program has ended. */
  async says(words: RegExp): Promise<string> {
    while (!words.test(this.out) && this.#child.exitCode === null) await sleep(20);
    return this.out;
  }

  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return await this.exited;
  }
}

/** What `npm start` has written for callers. */
export const systemIn = (folder: string): { api: string; token: string; portalUrl: string } | undefined => {
  const file = join(folder, '.local/system.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};
