import { readFile } from 'node:fs/promises';
import type { Login } from '../client/types.ts';
import { UsageError } from './errors.ts';
import { parseJson } from './files.ts';

/** What `npm start` writes for callers on the same machine. */
export interface SystemFile {
  readonly api: string;
  readonly token: string;
  /** The sample account of the simulated Portal and Engines. */
  readonly login: Login;
  /** The Portal database with the role that may only read. */
  readonly portalUrl?: string;
}

const PATH = '.local/system.json';

/**
 * Reads `.local/system.json` of the current folder.
 * @returns undefined when no system was ever started here
 * @throws {UsageError} it cannot be understood
 */
export async function readSystemFile(): Promise<SystemFile | undefined> {
  let text: string;
  try {
    text = await readFile(PATH, 'utf8');
  } catch {
    return undefined;
  }
  const system = parseJson(text) as Partial<SystemFile> | null | undefined;
  const whole = [system?.api, system?.token, system?.login?.username, system?.login?.password];
  if (whole.every((part) => typeof part === 'string')) return system as SystemFile;
  throw new UsageError(`${PATH} cannot be understood: run \`npm start\` again, or give --api URL and --token TOKEN`);
}
