import type { AskedCall } from '../../local/ticket-system/vendor-api.ts';
import type { RequestState } from '../../modules/requests/record.ts';

/** A start that a caller has made: the answer, or that there was none. */
export interface Start {
  readonly key: string;
  readonly caller: string;
  readonly kind: 'retrieve' | 'anonymize' | 'rehearse';
  readonly name: string;
  requestId?: string;
  planHash?: string;
}

/** An archive that somebody has downloaded, with the state that its request had then. */
export interface Download {
  readonly requestId: string;
  readonly state: RequestState;
  readonly bytes: Buffer;
}

/** Maximum events that are shown when something is broken. */
const MAX_SHOWN = 60;

/** What has happened in a run, as the test itself knows it. */
export class Story {
  readonly starts: Start[] = [];
  readonly downloads: Download[] = [];
  /** Webhooks that arrived. */
  readonly told: AskedCall[] = [];
  /** Tickets that were approved. */
  tickets = 0;
  /** Calls by status; 0 for those without an answer. */
  readonly statuses = new Map<number, number>();
  readonly calls = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** What is broken, each once. */
  readonly broken = new Set<string>();
  readonly #events: string[] = [];
  readonly #began = Date.now();

  /** Notes what happened, for finding out why something broke. */
  note(event: string): void {
    this.#events.push(`${((Date.now() - this.#began) / 1000).toFixed(1)} s  ${event}`);
  }

  count(counts: Map<string, number> | Map<number, number>, name: string | number): void {
    const of = counts as Map<string | number, number>;
    of.set(name, (of.get(name) ?? 0) + 1);
  }

  breaks(what: string): void {
    if (!this.broken.has(what)) this.note(`BROKEN: ${what}`);
    this.broken.add(what);
  }

  /** The last events; `all` for every one. */
  events(all = false): readonly string[] {
    return all ? this.#events : this.#events.slice(-MAX_SHOWN);
  }

  startOf(requestId: string): Start | undefined {
    return this.starts.find((start) => start.requestId === requestId);
  }
}
