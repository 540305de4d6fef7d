import { closeSync, existsSync, openSync, readSync, statSync, truncateSync, writeFileSync } from 'node:fs';

/**
 * Keeps a log from growing without end: past `mostBytes` its newest half goes to `<file>.old`, in place of the one before,
 * and the file begins anew. It is emptied rather than moved, since processes that run have it open.
 */
export function rotateLog(file: string, mostBytes: number): void {
  if (!existsSync(file)) return;
  const { size } = statSync(file);
  if (size <= mostBytes) return;
  const kept = Buffer.alloc(Math.floor(mostBytes / 2));
  const source = openSync(file, 'r');
  try {
    readSync(source, kept, 0, kept.length, size - kept.length);
  } finally {
    closeSync(source);
  }
  writeFileSync(`${file}.old`, kept.subarray(kept.indexOf('\n') + 1), { mode: 0o600 });
  truncateSync(file);
}
