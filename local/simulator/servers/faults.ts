/** Ways in which an Engine can fail: what happens, and what the number after the name means, with its default. */
const FAULTS = {
  down: { does: 'refuses connections' },
  slow: { does: 'answers after 10 minutes' },
  'slow-first-byte': { does: 'sends the header of an answer at once, its body after N seconds', amount: 5 },
  stall: { does: 'stops in the middle of an answer, after N good queries', amount: 0 },
  truncate: { does: 'cuts the connection in the middle of an answer, after N good queries', amount: 0 },
  unauthorized: { does: 'refuses every login' },
  'unauthorized-later': { does: 'refuses every login after N good queries', amount: 5 },
  busy: { does: 'answers the first N queries with 429 and Retry-After', amount: 2 },
  unavailable: { does: 'answers the first N queries with 503 and Retry-After', amount: 2 },
  flaky: { does: 'answers every Nth query with 500', amount: 3 },
  'bad-cert': { does: 'shows a certificate of an unknown authority' },
  'cert-change': { does: 'shows such a certificate after N connections', amount: 1 },
  html: { does: 'answers with a page under status 200' },
  disconnected: { does: 'is listed as DISCONNECTED' },
  connecting: { does: 'is listed as CONNECTING' },
  'clock-skew': { does: 'has a clock that is N hours ahead', amount: -26 },
  'no-table': { does: 'has a version without web requests' },
  'other-columns': { does: 'has a version with other columns in some tables' },
  'narrow-view': { does: 'shows the account every second device and two users in three' },
  'border-rows': { does: 'gives events of N hours on both sides of the window too', amount: 24 },
  'no-licence': { does: 'refuses queries, for want of a licence' },
} as const satisfies Record<string, { does: string; amount?: number }>;

type FaultKind = keyof typeof FAULTS;

const KINDS: Readonly<Record<FaultKind, { readonly does: string; readonly amount?: number }>> = FAULTS;

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[];

/** What an Engine does wrong; `amount` where the kind takes a number. */
export interface Fault {
  readonly kind: FaultKind;
  readonly amount: number;
}

/** A setting of the simulator that makes no sense; the message says what to change. */
export class SimulatorOptionError extends Error {
  override readonly name = 'SimulatorOptionError';
}

/** Lines that explain each kind of fault. */
export function describeFaults(): string[] {
  return FAULT_KINDS.map((kind) => {
    const { does, amount } = KINDS[kind];
    const name = amount === undefined ? kind : `${kind}[:N]`;
    return `  ${name.padEnd(24)}${does}${amount === undefined ? '' : ` (${amount})`}`;
  });
}

/**
 * Reads a kind of fault such as `down` or `busy:3`.
 * @throws {SimulatorOptionError} there is no such kind, or it takes no number
 */
export function parseFaultKind(text: string): Fault {
  const [, name, number] = /^([a-z-]+)(?::(-?\d{1,6}))?$/.exec(text) ?? [];
  const kind = FAULT_KINDS.find((candidate) => candidate === name);
  const amount = kind && KINDS[kind].amount;
  if (kind === undefined || (number !== undefined && amount === undefined)) {
    throw new SimulatorOptionError(
      `fault "${text}": write ENGINE=KIND, where KIND is one of ${FAULT_KINDS.join(', ')}`,
    );
  }
  return { kind, amount: number === undefined ? (amount ?? 0) : Number(number) };
}

/**
 * Faults by Engine, from texts such as `engine-2=down`.
 * @throws {SimulatorOptionError} a fault names an Engine that is not there, or an Engine is named twice
 */
export function assignFaults(texts: readonly string[], engines: readonly string[]): Map<string, Fault> {
  const faults = new Map<string, Fault>();
  for (const text of texts) {
    const [, engine = '', kind = ''] = /^([^=]*)=(.*)$/.exec(text) ?? ['', '', text];
    const fault = parseFaultKind(kind);
    if (!engines.includes(engine)) {
      throw new SimulatorOptionError(
        `fault "${text}": write ENGINE=KIND, where ENGINE is one of ${engines.join(', ')}`,
      );
    }
    if (faults.has(engine)) throw new SimulatorOptionError(`fault "${text}": ${engine} has a fault already`);
    faults.set(engine, fault);
  }
  return faults;
}
