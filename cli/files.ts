import { randomUUID } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Login, RequestView } from '../client/types.ts';
import type { ApiClient } from './api-client.ts';
import { DownloadError, InterruptedError, UsageError } from './errors.ts';

/** The archive holds personal data: nobody but its owner may read it. */
const MODE = 0o600;

/** `npm run` changes to the project's folder; a path means the folder it was typed in. */
const typedIn = (): string => (process.env.npm_lifecycle_event === 'gdpr' && process.env.INIT_CWD) || process.cwd();

export const typedPath = (file: string): string => resolve(typedIn(), file);

/** The text of a file that was named on the command line. @param what the argument or option that named it */
export function readTyped(file: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(typedPath(file)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new UsageError(`${what} is not UTF-8`, { cause: error });
    throw new UsageError(`${what} cannot be read (${code})`, { cause: error });
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Out {
  /** A file, or `-` for standard output. */
  readonly out: string;
  readonly force?: true;
  readonly json?: true;
}

/** Checks that an archive can be written, before any work starts. @returns the absolute path, or `-` @throws {UsageError} */
export async function checkOutFile({ out, force, json }: Out): Promise<string> {
  if (out === '-' && json) throw new UsageError('--json and --out - both write to standard output: give one of them');
  if (out === '-' && process.stdout.isTTY)
    throw new UsageError('--out - needs a pipe: an archive is not for a terminal');
  if (out === '-') return out;
  const path = typedPath(out);
  const present = await stat(path).catch(() => undefined);
  if (present?.isDirectory()) throw new UsageError('--out names a folder; give the path of a file');
  if (present && !force) throw new UsageError('--out names a file that exists; choose another, or add --force');
  const probe = besides(path);
  try {
    await (await open(probe, 'wx', MODE)).close();
  } catch (error) {
    throw new UsageError(`--out cannot be written there (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  } finally {
    await rm(probe, { force: true });
  }
  return path;
}

/**
 * Downloads the archive to a file beside `path` and renames it when it is whole: never half an archive (R7). A pipe (`-`) gets
 * what comes; the exit code tells whether it was all. @throws {DownloadError | InterruptedError} no file is left
 */
export async function downloadTo(path: string, api: ApiClient, view: RequestView, signal: AbortSignal): Promise<void> {
  const { requestId } = view;
  const answer = await api.openArchive(requestId, signal);
  if (!answer.ok || !answer.body) throw new DownloadError(requestId, `was refused with status ${answer.status}`);
  const partial = besides(path);
  try {
    const file = path === '-' ? process.stdout : createWriteStream(partial, { flags: 'wx', mode: MODE, flush: true });
    let bytes = 0;
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    await pipeline(answer.body, counted, file, { signal });
    if (view.archive && view.archive.byteLength !== bytes)
      throw new DownloadError(requestId, `has ${view.archive.byteLength} bytes, of which ${bytes} came`);
    if (path !== '-') await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (signal.aborted) throw new InterruptedError();
    if (error instanceof DownloadError) throw error;
    throw new DownloadError(requestId, 'did not arrive whole', { cause: error });
  }
}

const besides = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);

/** What `npm start` writes for callers on the same machine. */
interface SystemFile {
  readonly api: string;
  readonly token: string;
  /** The sample account of the simulated Portal and Engines; none where they are real. */
  readonly login?: Login;
  readonly config?: string;
  /** The Portal database with the role that may only read. */
  readonly portalUrl?: string;
}

const PATH = '.local/system.json';

/** Reads `.local/system.json`; undefined when no system was ever started here. @throws {UsageError} it cannot be understood */
export async function readSystemFile(): Promise<SystemFile | undefined> {
  const text = await readFile(PATH, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const system = parseJson(text) as Partial<SystemFile> | null | undefined;
  if (typeof system?.api === 'string' && typeof system.token === 'string') return system as SystemFile;
  throw new UsageError(`${PATH} cannot be understood: run \`npm start\` again, or give --api URL and --token TOKEN`);
}
