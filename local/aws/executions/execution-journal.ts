import { appendFileSync, closeSync, existsSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import * as z from 'zod';
import type { ExecutionRecord } from './execution.ts';
import type { HistoryEvent } from './execution-history.ts';

const Line = z.union([
  z.object({ record: z.custom<ExecutionRecord>((value) => typeof value === 'object') }),
  z.object({ arn: z.string(), event: z.custom<HistoryEvent>((value) => typeof value === 'object') }),
]);
type Line = z.infer<typeof Line>;

/** An execution with its events, as the file holds them. */
interface Kept {
  record: ExecutionRecord;
  readonly events: HistoryEvent[];
}

/** Where in the file the lines of one execution are; lines of others may be between them. */
interface Place {
  readonly from: number;
  to: number;
  /** Of its own lines. */
  bytes: number;
  /** Absent while it runs. */
  stopDate?: number;
}

const MAX_READ_BYTES = 1024 * 1024;

/**
 * Executions and their events, one JSON line each, so that a restart finds what was running. They are on disk alone: memory
 * holds where they are, and only what is asked for is read, however many there were.
 */
export class ExecutionJournal {
  readonly #file: string;
  /** By ARN, oldest first. */
  readonly #places = new Map<string, Place>();
  #size = 0;

  constructor(file: string) {
    this.#file = file;
    this.#look();
  }

  /** Length of the file, bytes. */
  get size(): number {
    return this.#size;
  }

  has(arn: string): boolean {
    return this.#places.has(arn);
  }

  find(arn: string): Kept | undefined {
    const place = this.#places.get(arn);
    return place && this.#read(place.from, place.to, arn)[0];
  }

  /** Every execution, oldest first. */
  all(): Kept[] {
    return this.#read(0, this.#size);
  }

  /** What has not ended, oldest first. */
  running(): ExecutionRecord[] {
    const open = [...this.#places].filter(([, { stopDate }]) => stopDate === undefined);
    return open.map(([arn]) => this.find(arn)!.record);
  }

  /** What has ended, oldest first. */
  ended(): { readonly arn: string; readonly stopDate: number; readonly bytes: number }[] {
    const all = [...this.#places].map(([arn, { stopDate, bytes }]) => ({ arn, stopDate, bytes }));
    return all.flatMap(({ stopDate, ...rest }) => (stopDate === undefined ? [] : [{ ...rest, stopDate }]));
  }

  /** Writes the file anew without these, whole or not at all. */
  forget(arns: ReadonlySet<string>): void {
    const fresh = `${this.#file}.new`;
    rmSync(fresh, { force: true });
    const target = openSync(fresh, 'a', 0o600);
    try {
      for (const { line, text } of linesOf(this.#file, 0, this.#size)) {
        if (!arns.has(arnOf(line))) writeSync(target, text);
      }
    } finally {
      closeSync(target);
    }
    renameSync(fresh, this.#file);
    this.#look();
  }

  addRecord(record: ExecutionRecord): void {
    this.#add({ record });
  }

  addEvent(arn: string, event: HistoryEvent): void {
    this.#add({ arn, event });
  }

  #add(line: Line): void {
    const text = `${JSON.stringify(line)}\n`;
    appendFileSync(this.#file, text, { mode: 0o600 });
    this.#place(line, this.#size, this.#size + Buffer.byteLength(text));
  }

  #look(): void {
    this.#places.clear();
    this.#size = 0;
    if (!existsSync(this.#file)) return;
    for (const { line, from, to } of linesOf(this.#file)) this.#place(line, from, to);
  }

  #place(line: Line, from: number, to: number): void {
    this.#size = to;
    const arn = arnOf(line);
    if ('event' in line && !this.has(arn)) return; // a crash cut its record short
    const place = this.#places.get(arn) ?? { from, to, bytes: 0 };
    place.to = to;
    place.bytes += to - from;
    if ('record' in line && line.record.stopDate !== undefined) place.stopDate = line.record.stopDate;
    this.#places.set(arn, place);
  }

  /** Executions with lines in a part of the file: all, or one. */
  #read(from: number, to: number, only?: string): Kept[] {
    const found = new Map<string, Kept>();
    if (to === from) return [];
    for (const { line } of linesOf(this.#file, from, to)) {
      const arn = arnOf(line);
      if (only !== undefined && arn !== only) continue;
      const known = found.get(arn);
      if ('event' in line) known?.events.push(line.event);
      else if (known) known.record = line.record;
      else found.set(arn, { record: line.record, events: [] });
    }
    return [...found.values()];
  }
}

const arnOf = (line: Line): string => ('record' in line ? line.record.executionArn : line.arn);

/** The lines of a part of a file, and where they are. One that a crash cut short is left out. */
function* linesOf(file: string, from = 0, to = Number.POSITIVE_INFINITY) {
  const source = openSync(file, 'r');
  try {
    let [rest, at] = [Buffer.alloc(0), from];
    for (;;) {
      const chunk = Buffer.alloc(Math.min(MAX_READ_BYTES, to - at - rest.length));
      const length = readSync(source, chunk, 0, chunk.length, at + rest.length);
      if (length === 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      for (let end = rest.indexOf('\n') + 1; end > 0; end = rest.indexOf('\n') + 1) {
        const text = rest.toString('utf8', 0, end);
        const line = parseLine(text);
        if (line) yield { line, text, from: at, to: at + end };
        rest = rest.subarray(end);
        at += end;
      }
    }
  } finally {
    closeSync(source);
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
