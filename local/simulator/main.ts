import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SimulatorOptionError } from './faults.ts';
import { type SimulatorOptions, startSimulator } from './simulator.ts';

const USAGE =
  'simulate [--engines N] [--port P] [--rows R] [--seed S] [--portal-port Q] [--insecure-http] [--fault ENGINE=KIND ...]';

/** Reads the command line. @throws {SimulatorOptionError} it says what to change */
function readOptions(args: string[]): SimulatorOptions {
  const { values } = parse(args);
  const whole = (name: 'engines' | 'port' | 'rows' | 'seed' | 'portal-port') => {
    const text = values[name];
    if (text !== undefined && !/^\d{1,10}$/.test(text)) throw new SimulatorOptionError(`${name}: give a whole number`);
    return text === undefined ? undefined : Number(text);
  };
  const numbers = {
    engines: whole('engines'),
    port: whole('port'),
    rows: whole('rows'),
    seed: whole('seed'),
    portalPort: whole('portal-port'),
  };
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  return { ...given, insecureHttp: values['insecure-http'], faults: values.fault };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      options: {
        engines: text,
        port: text,
        rows: text,
        seed: text,
        'portal-port': text,
        'insecure-http': { type: 'boolean', default: false },
        fault: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new SimulatorOptionError((error as Error).message);
  }
}

/** Serves until SIGINT or SIGTERM; the one line on standard output tells where. */
async function main(): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  const simulator = await startSimulator(readOptions(process.argv.slice(2)));
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
  await main();
} catch (error) {
  if (!(error instanceof SimulatorOptionError)) throw error;
  process.stderr.write(`${error.message}\nusage: ${USAGE}\n`);
  process.exitCode = 2;
}
