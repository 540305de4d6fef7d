import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { PAGE_HEADERS } from '../../console/headers.ts';
import type { HttpAnswer } from './http-answer.ts';

/** Files whose names change with what is in them. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
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
    const cached = HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache';
    const headers = { ...PAGE_HEADERS, 'content-type': type, 'cache-control': cached };
    return { status: 200, headers, body: await readFile(join(folder, file)) };
  } catch {
    return undefined;
  }
}
