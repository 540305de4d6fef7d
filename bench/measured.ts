import { readFileSync } from 'node:fs';

/** What one run of one variant took. Facts of the benchmark's own (rows, bytes) come along. */
export interface Run {
  /** User and system time of the work alone, seconds: neither Node's start nor loading modules. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Highest resident memory of the process, MB. */
  readonly peakMb: number;
  readonly [fact: string]: number;
}

/** Does the work, in a process of its own, and prints what it took together with the facts that the work returns. */
export async function measured(work: () => Promise<Readonly<Record<string, number>>>): Promise<void> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const facts = await work();
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - wall) / 1000;
  const run: Run = { ...facts, cpuSeconds: (user + system) / 1e6, wallSeconds, peakMb: peakMemory() };
  process.stdout.write(JSON.stringify(run));
}

/** Highest resident memory of this process, MB. Linux counts the program alone; elsewhere the parent's share may be in it. */
export function peakMemory(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
