import type { LocalOptions } from '../local/options.ts';
import type { LocalSystem } from '../local/system.ts';
import { countOf, type Given, textOf } from './arguments.ts';
import { UsageError } from './errors.ts';

const COUNTS = { engines: 1, rows: 0, seed: 0, delay: 0, 'engine-timeout': 1 };
const ONLY_LOCAL = [...Object.keys(COUNTS), 'fault'];

/**
 * Reads the options of the private system.
 * @returns undefined without `--local`
 * @throws {UsageError} such an option without `--local`, or an address beside it
 */
export function privateSystemOptions(given: Given): LocalOptions | undefined {
  if (!given.local) {
    const stray = ONLY_LOCAL.find((name) => given[name] !== undefined);
    if (stray) throw new UsageError(`--${stray} works with --local only`);
    return undefined;
  }
  const address = ['api', 'token'].find((name) => textOf(given, name) !== undefined);
  if (address) throw new UsageError(`--${address} cannot go with --local, which starts a system of its own`);
  const faults = (given.fault ?? []) as readonly string[];
  if (!faults.every((fault) => /^[^=\s]+=[a-z-]+$/.test(fault))) {
    throw new UsageError('--fault must look like ENGINE=KIND, for example engine-2=down');
  }
  const count = (name: keyof typeof COUNTS): number | undefined => countOf(given, name, COUNTS[name]);
  const counts = {
    engines: count('engines'),
    rows: count('rows'),
    seed: count('seed'),
    delayMs: count('delay'),
    engineTimeoutSeconds: count('engine-timeout'),
  };
  return { faults, ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)) };
}

/**
 * Starts a whole system that lives for one call; its code is loaded only now, so that other verbs start fast.
 * @throws {UsageError} an option names what cannot be simulated
 */
export async function startPrivateSystem(options: LocalOptions): Promise<LocalSystem> {
  const { startLocalSystem } = await import('../local/system.ts');
  process.on('uncaughtException', (error) => process.stderr.write(`A piece of the system failed: ${error.name}\n`));
  try {
    return await startLocalSystem(options);
  } catch (error) {
    if (error instanceof Error && error.name === 'SimulatorOptionError') throw new UsageError(`--${error.message}`);
    throw error;
  }
}
