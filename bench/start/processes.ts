import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** A process as Linux knows it. Its number together with its start is never given to another one. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since the machine started. */
  readonly startedAt: number;
}

/** Longest wait for processes that were asked or made to end, seconds. */
const MAX_END_SECONDS = 30;

/**
 * All processes of a session, and their descendants in other sessions.
 * @param leader number of the process that began the session
 */
export function processesOf(leader: number): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const found = new Map<number, Process>();
  const add = (process: Process) => {
    if (found.has(process.pid)) return;
    found.set(process.pid, process);
    for (const child of all) if (child.parent === process.pid) add(child);
  };
  for (const process of all) if (process.session === leader || process.pid === leader) add(process);
  return [...found.values()];
}

/** @returns undefined when the process is gone, or has ended and only its parent has not been told yet */
function readProcess(pid: number): Process | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // from the third field on: a name may hold spaces
  if (fields[0] === 'Z') return undefined;
  return { pid, parent: Number(fields[1]), session: Number(fields[3]), startedAt: Number(fields[19]) };
}

/** Proportional memory of these processes, MB: a page that several of them share is counted once in all. */
export function memoryOf(processes: readonly Process[]): number {
  const kilobytes = processes.map(({ pid }) => {
    const text = readOrNothing(`/proc/${pid}/smaps_rollup`) ?? '';
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0);
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1000;
}

/**
 * Sends the signal of Ctrl-C to the process that has `argument`; what does not end then, is ended.
 * @param argument one of its arguments, whole: a shell holds the same word within a longer one
 */
export async function endAll(leader: number, argument: string): Promise<void> {
  const processes = processesOf(leader);
  const main = processes.find(({ pid }) => readOrNothing(`/proc/${pid}/cmdline`)?.split('\0').includes(argument));
  if (main) signalTo([main], 'SIGINT');
  if (main && (await allEnded(leader, processes))) return;
  killAll(leader, processes);
  if (!(await allEnded(leader, processes))) throw new Error('processes of the started system do not end');
}

/** Ends the processes of a session at once. @param others that belonged to it, whose parents may be gone */
export function killAll(leader: number, others: readonly Process[] = []): void {
  signalTo([...processesOf(leader), ...others], 'SIGKILL');
}

function signalTo(processes: readonly Process[], signal: NodeJS.Signals): void {
  for (const { pid, startedAt } of processes) {
    try {
      if (readProcess(pid)?.startedAt === startedAt) process.kill(pid, signal);
    } catch {
      // it has just ended
    }
  }
}

async function allEnded(leader: number, processes: readonly Process[]): Promise<boolean> {
  const isThere = ({ pid, startedAt }: Process) => readProcess(pid)?.startedAt === startedAt;
  for (let waited = 0; waited < MAX_END_SECONDS * 10; waited++) {
    if (processesOf(leader).length === 0 && !processes.some(isThere)) return true;
    await wait(100);
  }
  return false;
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
