import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions, USAGE } from './main-options.ts';
import { SimulatorOptionError } from './option-error.ts';
import { describeFaults } from './servers/faults.ts';
import { startSimulator } from './simulator.ts';

/** Serves until SIGINT or SIGTERM; the one line on standard output tells where. */
async function main(args: string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`usage: ${USAGE}\n\nKinds of fault, and what N means:\n${describeFaults().join('\n')}\n`);
    return;
  }
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  const simulator = await startSimulator(readOptions(args));
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  try {
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, simulator.caPem);
    const { portal, login, users, devices } = simulator;
    const engines = simulator.engines.map(({ id, url }) => ({ id, url }));
    process.stdout.write(`${JSON.stringify({ engines, portal, login, users, devices, ca })}\n`);
    await stopped;
  } finally {
    rmSync(folder, { recursive: true });
    await simulator.stop();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SimulatorOptionError)) throw error;
  process.stderr.write(`${error.message}\nusage: ${USAGE}\n`);
  process.exitCode = 2;
}
