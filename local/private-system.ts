import { type LocalSystem, startLocalSystem } from './system.ts';

/** Options of a call with `--local`. */
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

/** An option does not suit a private system. */
class PrivateSystemError extends Error {
  override readonly name = 'PrivateSystemError';
}

/** Starts a whole system that lives for one call. @param pathOf a file that was typed @throws {PrivateSystemError} */
export async function startPrivateSystem(given: LocalGiven, pathOf: (typed: string) => string): Promise<LocalSystem> {
  const { engines, rows, seed, delay, fault: faults, engineTimeout, portalUrl: url, portalMapping } = given;
  if ((url === undefined) !== (portalMapping === undefined))
    throw new PrivateSystemError('--portal-url and --portal-mapping go together');
  const portal = url && portalMapping ? { url, mapping: pathOf(portalMapping) } : undefined;
  const simulated = { engines, rows, seed, faults, delayMs: delay, engineTimeoutSeconds: engineTimeout };
  const options = { ...simulated, portal, byClock: true };
  process.on('uncaughtException', (error) => process.stderr.write(`A part of the system failed: ${error.name}\n`));
  try {
    return await startLocalSystem(
      Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    );
  } catch (error) {
    if (error instanceof Error && ['SimulatorOptionError', 'GivenDatabaseError'].includes(error.name))
      throw new PrivateSystemError(`--${error.message}`, { cause: error });
    throw error;
  }
}
