/** Ways in which an Engine can fail. */
export const FAULT_KINDS = ['down', 'slow', 'unauthorized', 'bad-cert', 'html', 'disconnected'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What one Engine does wrong. */
export interface Fault {
  /** Name of the Engine, such as `engine-2`. */
  readonly engine: string;
  readonly kind: FaultKind;
}

/** A setting of the simulator that makes no sense; the message says what to change. */
export class SimulatorOptionError extends Error {
  override readonly name = 'SimulatorOptionError';
}

/**
 * Reads a fault such as `engine-2=down`.
 * @throws {SimulatorOptionError} it names no kind of fault
 */
export function parseFault(text: string): Fault {
  const [, engine, kind] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  const known = FAULT_KINDS.find((candidate) => candidate === kind);
  if (engine === undefined || known === undefined) {
    throw new SimulatorOptionError(
      `fault "${text}": write ENGINE=KIND, where KIND is one of ${FAULT_KINDS.join(', ')}`,
    );
  }
  return { engine, kind: known };
}

/**
 * Faults by Engine.
 * @throws {SimulatorOptionError} a fault names an Engine that is not there, or an Engine is named twice
 */
export function assignFaults(texts: readonly string[], engines: readonly string[]): Map<string, FaultKind> {
  const faults = new Map<string, FaultKind>();
  for (const { engine, kind } of texts.map(parseFault)) {
    if (!engines.includes(engine)) {
      throw new SimulatorOptionError(`fault "${engine}=${kind}": name one of ${engines.join(', ')}`);
    }
    if (faults.has(engine)) throw new SimulatorOptionError(`fault "${engine}=${kind}": ${engine} has a fault already`);
    faults.set(engine, kind);
  }
  return faults;
}
