import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { HttpAnswer } from './http-answer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** Plain names only, so that no path leaves the folder. */
const SAFE_PATH = /^(\/[\w-][\w.-]*)+$/;

/** A file of the console; `/` is its page. @returns nothing when there is no such file */
export async function staticFile(folder: string, path: string): Promise<HttpAnswer | undefined> {
  const file = path === '/' ? '/index.html' : path;
  const type = TYPES[extname(file)];
  if (!type || !SAFE_PATH.test(file)) return undefined;
  try {
    return { status: 200, headers: { 'content-type': type }, body: await readFile(join(folder, file)) };
  } catch {
    return undefined;
  }
}
