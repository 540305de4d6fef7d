import type { LocalOptions } from '../local/options.ts';
import type { LocalSystem } from '../local/system.ts';
import { UsageError } from './errors.ts';
import { typedPath } from './files.ts';

export interface LocalGiven {
  readonly local?: true;
  readonly engines?: number;
  readonly rows?: number;
  readonly seed?: number;
  readonly delay?: number;
  readonly fault?: readonly string[];
  readonly engineTimeout?: number;
  readonly portalUrl?: string;
  readonly portalMapping?: string;
}

/**
 * Reads the options of the private system.
 * @returns undefined without `--local`
 * @throws {UsageError} such an option without `--local`
 */
export function privateSystemOptions(given: LocalGiven): LocalOptions | undefined {
  const { local, engines, rows, seed, delay, fault, engineTimeout, portalUrl, portalMapping } = given;
  const own = { 'portal-url': portalUrl, 'portal-mapping': portalMapping };
  const flags = { engines, rows, seed, delay, fault, 'engine-timeout': engineTimeout, ...own };
  if (!local) {
    const stray = Object.entries(flags).find(([, value]) => value !== undefined);
    if (stray) throw new UsageError(`--${stray[0]} works with --local only`);
    return undefined;
  }
  const faults = fault ?? [];
  if (!faults.every((each) => /^[^=\s]+=[a-z-]+$/.test(each))) {
    throw new UsageError('--fault must look like ENGINE=KIND, for example engine-2=down');
  }
  if ((portalUrl === undefined) !== (portalMapping === undefined))
    throw new UsageError('--portal-url and --portal-mapping go together');
  const portal = portalUrl && portalMapping ? { url: portalUrl, mapping: typedPath(portalMapping) } : undefined;
  const counts = { portal, engines, rows, seed, delayMs: delay, engineTimeoutSeconds: engineTimeout };
  return { faults, ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)) };
}

/**
 * Starts a whole system that lives for one call. Its code is loaded only now, so that other verbs start fast.
 * @throws {UsageError} an option names what cannot be simulated
 */
export async function startPrivateSystem(options: LocalOptions): Promise<LocalSystem> {
  const { startLocalSystem } = await import('../local/system.ts');
  process.on('uncaughtException', (error) => process.stderr.write(`A part of the system failed: ${error.name}\n`));
  try {
    return await startLocalSystem(options);
  } catch (error) {
    if (error instanceof Error && ['SimulatorOptionError', 'GivenDatabaseError'].includes(error.name))
      throw new UsageError(`--${error.message}`);
    throw error;
  }
}
