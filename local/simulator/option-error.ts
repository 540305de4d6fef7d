/** A setting of the simulator that makes no sense; the message says what to change. */
export class SimulatorOptionError extends Error {
  override readonly name = 'SimulatorOptionError';
}
