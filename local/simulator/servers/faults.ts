import { SimulatorOptionError } from '../option-error.ts';
import { QUERY_KINDS, type QueryKind } from './query-kinds.ts';
import { WRONG_ANSWERS } from './wrong-answers.ts';

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
  'no-licence': { does: 'refuses queries because it has no licence' },
} as const satisfies Record<string, { does: string; amount?: number }>;

/** Another version, about which the documentation says nothing. */
const VERSIONS = {
  'unknown-table': { does: 'has a version with tables about users and devices that nobody documented' },
} as const satisfies Record<string, { does: string; amount?: number }>;

/** Ways in which List Engines can be odd about one Engine. */
const LISTINGS = {
  'listed-null-address': { does: 'is listed as DISCONNECTED, its address null' },
  'listed-no-address': { does: 'is listed as DISCONNECTED, without an address' },
  'listed-null-version': { does: 'is listed with the version null' },
  'listed-null-timezone': { does: 'is listed with the time zone null' },
  'listed-odd-timezone': { does: 'is listed with a time zone that nobody knows' },
  'listed-null-name': { does: 'is listed with the name null' },
  'listed-null-status': { does: 'is listed with the status null' },
  'listed-odd-status': { does: 'is listed with a status that is not documented' },
  'listed-number-uid': { does: 'is listed with a number as databaseUID' },
  'listed-null-uid': { does: 'is listed with the databaseUID null' },
  'listed-extra': { does: 'is listed with keys that are not documented' },
  'listed-text': { does: 'is listed as a text, not as an object' },
} as const satisfies Record<string, { does: string; amount?: number }>;

/** Answers of List Engines itself that are no list; the fault is given to `portal`. */
const PORTAL_KINDS: readonly FaultKind[] = ['html', 'text', 'json', 'empty', 'unavailable', 'slow'];

type FaultKind = keyof typeof FAULTS | keyof typeof VERSIONS | keyof typeof LISTINGS | keyof typeof WRONG_ANSWERS;

const KINDS: Readonly<Record<FaultKind, { readonly does: string; readonly amount?: number }>> = {
  ...FAULTS,
  ...VERSIONS,
  ...LISTINGS,
  ...WRONG_ANSWERS,
};

/** Kinds of fault that are no wrong answer: whole Engines that fail. */
export const FAULT_KINDS = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

/** Which queries a fault is about: of one kind, and of these those from one number to another, counted from 1. */
interface Aim {
  readonly query?: QueryKind;
  readonly from: number;
  readonly to: number;
}

/** What an Engine does wrong; `amount` where the kind takes a number; `aim` where it is about some queries alone. */
export interface Fault {
  readonly kind: FaultKind;
  readonly amount: number;
  readonly aim?: Aim;
}

/** Lines that explain each kind of fault. */
export function describeFaults(): string[] {
  return Object.entries(KINDS).map(([kind, { does, amount }]) => {
    const name = amount === undefined ? kind : `${kind}[:N]`;
    return `  ${name.padEnd(24)}${does}${amount === undefined ? '' : ` (${amount})`}`;
  });
}

/**
 * Reads a kind of fault such as `down`, `busy:3`, `text@event#2` (the second event query) or `gzip#5-` (from the fifth query on).
 * @throws {SimulatorOptionError} there is no such kind, or it takes no number
 */
export function parseFaultKind(text: string): Fault {
  const [, name, number, query, from, range, to] =
    /^([a-z0-9-]+?)(?::(-?\d{1,6}))?(?:@([a-z-]+))?(?:#(\d{1,6})(-(\d{1,6})?)?)?$/.exec(text) ?? [];
  const kind = (Object.keys(KINDS) as FaultKind[]).find((candidate) => candidate === name);
  const amount = kind && KINDS[kind].amount;
  if (kind === undefined || (number !== undefined && amount === undefined)) {
    const kinds = Object.keys(KINDS).join(', ');
    throw new SimulatorOptionError(`fault "${text}": write ENGINE=KIND, where KIND is one of ${kinds}`);
  }
  const found = QUERY_KINDS.find((candidate) => candidate === query);
  if (query !== undefined && found === undefined)
    throw new SimulatorOptionError(`fault "${text}": after @ write one of ${QUERY_KINDS.join(', ')}`);
  const first = Number(from ?? 1);
  const last = to !== undefined ? Number(to) : from === undefined || range ? Number.POSITIVE_INFINITY : first;
  const isAimed = query !== undefined || from !== undefined;
  const aim = { ...(found && { query: found }), from: first, to: last };
  return { kind, amount: number === undefined ? (amount ?? 0) : Number(number), ...(isAimed && { aim }) };
}

/** True when users, and devices, have other ids than before. */
export const isOfIds = ({ kind }: Fault): boolean => kind === 'ids-change' || kind === 'ids-new';

/** Tells of each query whether the fault is about it, and counts. */
export class AimedFaults {
  readonly #counts = new WeakMap<Fault, number>();

  /** The fault, when it is about this query. To be asked once for each query. */
  take(fault: Fault | undefined, kind: QueryKind): Fault | undefined {
    if (fault && isOfIds(fault) && !fault.aim)
      return this.#count(fault, kind === 'event') >= fault.amount ? fault : undefined;
    if (!fault?.aim) return fault;
    const { query, from, to } = fault.aim;
    if (query !== undefined && query !== kind) return undefined;
    const number = this.#count(fault, true) + 1;
    return number >= from && number <= to ? fault : undefined;
  }

  /** How many queries were counted before this one. */
  #count(fault: Fault, more: boolean): number {
    const before = this.#counts.get(fault) ?? 0;
    this.#counts.set(fault, before + Number(more));
    return before;
  }
}

/**
 * Faults by Engine, from texts such as `engine-2=down`; `portal=KIND` is about List Engines.
 * @throws {SimulatorOptionError} a fault names an Engine that is not there, or an Engine is named twice
 */
export function assignFaults(texts: readonly string[], engines: readonly string[]): Map<string, Fault> {
  const faults = new Map<string, Fault>();
  for (const text of texts) {
    const [, engine = '', kind = ''] = /^([^=]*)=(.*)$/.exec(text) ?? ['', '', text];
    const fault = parseFaultKind(kind);
    if (engine === 'portal' && !PORTAL_KINDS.includes(fault.kind))
      throw new SimulatorOptionError(`fault "${text}": for portal, KIND is one of ${PORTAL_KINDS.join(', ')}`);
    if (engine !== 'portal' && !engines.includes(engine)) {
      throw new SimulatorOptionError(
        `fault "${text}": write ENGINE=KIND, where ENGINE is one of ${engines.join(', ')}`,
      );
    }
    if (faults.has(engine)) throw new SimulatorOptionError(`fault "${text}": ${engine} has a fault already`);
    faults.set(engine, fault);
  }
  return faults;
}
