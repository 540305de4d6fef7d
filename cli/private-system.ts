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

/** Starts a whole system that lives for one call. Its code is loaded only now, so that other verbs start fast. */
export async function startPrivateSystem(given: LocalGiven): Promise<LocalSystem> {
  const { engines, rows, seed, delay, fault: faults, engineTimeout, portalUrl: url, portalMapping } = given;
  if ((url === undefined) !== (portalMapping === undefined))
    throw new UsageError('--portal-url and --portal-mapping go together');
  const portal = url && portalMapping ? { url, mapping: typedPath(portalMapping) } : undefined;
  const options = { engines, rows, seed, faults, portal, delayMs: delay, engineTimeoutSeconds: engineTimeout };
  const { startLocalSystem } = await import('../local/system.ts');
  process.on('uncaughtException', (error) => process.stderr.write(`A part of the system failed: ${error.name}\n`));
  try {
    return await startLocalSystem(
      Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    );
  } catch (error) {
    if (error instanceof Error && ['SimulatorOptionError', 'GivenDatabaseError'].includes(error.name))
      throw new UsageError(`--${error.message}`);
    throw error;
  }
}
