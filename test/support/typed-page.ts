import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a reader of a page types, block by block. */
export const blocksOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^ *```(?:sh|bash)\n(.*?)^ *```$/gms)].map(([, block]) => block!);

const PROJECT = resolve(import.meta.dirname, '../..');

/** `npm run ... gdpr -- ...`, `gdpr ...` and `npm run -s start -- ...` in any folder. A system is started by the test: `npm start` does nothing. */
const COMMANDS = `
gdpr() { node ${PROJECT}/cli/main.ts "$@"; }
npm() {
  case "$*" in
    start) ;;
    "run -s start -- "*) shift 4; node ${PROJECT}/local/main.ts "$@" ;;
    "run "*"gdpr -- "*) shift; [ "$1" = -s ] && shift; shift 2; gdpr "$@" ;;
    *) return 9 ;;
  esac
}`;

/** How typed blocks ended. */
interface Typed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Types blocks into one shell. The first command that fails ends it. @param before what stands in the reader's place */
export async function type(
  folder: string,
  blocks: readonly string[],
  env: Readonly<Record<string, string>> = {},
  before = '',
): Promise<Typed> {
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', [COMMANDS, before, ...blocks].join('\n')], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
  return { code: shell.exitCode, out, err };
}
