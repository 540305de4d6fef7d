import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { childrenOf } from './workers.ts';

/** What a system holds: amounts by name. Memory in MB after a collection, disk in kB. */
export type Held = Readonly<Record<string, number>>;

const MAX_GROWTH = 1.1;
/**
 * How much more may be there of what is little, or comes and goes, by the beginning of its name: code that is compiled for the
 * first time, a connection of a schedule, files that PostgreSQL and the tables' store have not tidied up yet. The system takes
 * resident memory back late.
 */
const MAX_MORE = {
  'heap of ': 2,
  'descriptors of ': 2,
  processes: 4,
  executions: 2,
  iterators: 2,
  files: 2,
  handles: 2,
  descriptors: 2,
  resident: 60,
  'disk: portal': 16 * 1024,
  'disk: ': 64,
};
/** What stays of each request by design, and how much of it may be left to tidy up. */
const KEPT = 'kept: ';
const MAX_UNTIDY_KB = 8 * 1024;

const maxMore = (name: string): number =>
  Object.entries(MAX_MORE).find(([beginning]) => name.startsWith(beginning))?.[1] ?? 1;

/** What has grown by more than a tenth. A function that was called in one of the two stretches alone is not compared. */
export const grown = (first: Held, last: Held): string[] =>
  Object.keys(first).filter(
    (name) => !name.startsWith(KEPT) && last[name]! > Math.max(first[name]! * MAX_GROWTH, first[name]! + maxMore(name)),
  );

/** The least of two looks. */
export const fewest = (one: Held, other: Held): Held =>
  Object.fromEntries(Object.entries(one).map(([name, amount]) => [name, Math.min(amount, other[name] ?? amount)]));

/** What each request leaves for good, if the later ones leave more than a tenth more than the first ones. */
export function keptGrows(start: Held, first: Held, last: Held, requests: readonly [number, number]): string[] {
  const [early, late] = requests;
  return Object.keys(start).filter((name) => {
    const [before, after] = [(first[name]! - start[name]!) / early, (last[name]! - first[name]!) / late];
    return name.startsWith(KEPT) && after > before * MAX_GROWTH + MAX_UNTIDY_KB / late;
  });
}

/** Option of Node with which a function's process tells what it holds. @param folder where it writes that */
export const probeOption = (folder: string): string => {
  const probe = pathToFileURL(join(import.meta.dirname, 'soak-probe.mjs'));
  probe.searchParams.set('to', folder);
  return `--import=${probe.href}`;
};

/** Heap and descriptors of the functions' processes after a collection: of each function the most. */
export async function heldByFunctions(folder: string): Promise<Held> {
  const held: Record<string, number> = {};
  const workers = childrenOf('self').filter(({ command }) => command.includes('/index.mjs'));
  const ready = new Set(readdirSync(folder));
  for (const { pid, command } of workers.filter(({ pid }) => ready.has(`${pid}.ready`))) {
    const name = /([\w-]+)\/index\.mjs/.exec(command)![1]!;
    const file = join(folder, String(pid));
    if (!isAlive(pid)) continue; // its idle time is over
    process.kill(pid, 'SIGUSR2');
    while (!readdirSync(folder).includes(String(pid)) && isAlive(pid)) await sleep(20);
    const told = JSON.parse(readIf(file) ?? '{}') as Record<string, number>;
    rmSync(file, { force: true });
    for (const [what, amount] of Object.entries(told))
      held[`${what} of ${name}`] = Math.max(held[`${what} of ${name}`] ?? 0, amount);
  }
  return { ...held, processes: workers.length };
}

const isAlive = (pid: number): boolean => childrenOf('self').some((child) => child.pid === pid);

function readIf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Bytes of a file or of all files below a folder, in kB. */
export function kilobytes(place: string): number {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.size / 1024;
  return readdirSync(place).reduce((sum, name) => sum + kilobytes(join(place, name)), 0);
}
