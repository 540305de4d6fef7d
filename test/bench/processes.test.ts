import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { endAll, memoryOf, processesOf } from '../../bench/start/processes.ts';

/** A shell with two children, one of which has left its session and ignores Ctrl-C. */
const SCRIPT = 'sleep 61 & setsid sh -c "trap \\"\\" INT; sleep 62" & echo ready; wait';

describe('the processes of a started system', () => {
  it('are found with those in other sessions, are measured, and are all ended', async () => {
    const child = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    await expect.poll(() => processesOf(child.pid!).length, { timeout: 5_000 }).toBeGreaterThanOrEqual(4);

    expect(memoryOf(processesOf(child.pid!))).toBeGreaterThan(0.1);
    await endAll(child.pid!, 'no process has this argument');

    expect(processesOf(child.pid!)).toEqual([]);
  });

  it('may end by themselves: the signal of Ctrl-C goes to the program, not to the shell around it', async () => {
    const program = 'process.on("SIGINT", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready")';
    const script = `${process.execPath} -e '${program}' the-program; echo "ended with $?"`;
    const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const output: string[] = [];
    child.stdout.on('data', (text) => output.push(String(text)));
    await expect.poll(() => output.join(''), { timeout: 10_000 }).toBe('ready\n');

    await endAll(child.pid!, 'the-program');

    await expect.poll(() => output.join('')).toBe('ready\nended with 7\n');
    expect(processesOf(child.pid!)).toEqual([]);
  });
});
