import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { Execution, type ExecutionRecord } from './execution.ts';
import type { HistoryEvent } from './execution-history.ts';

const Line = z.union([
  z.object({ record: z.custom<ExecutionRecord>((value) => typeof value === 'object') }),
  z.object({ arn: z.string(), event: z.custom<HistoryEvent>((value) => typeof value === 'object') }),
]);

/** Executions and their events, one JSON line each, so that a restart finds what was running. */
export class ExecutionJournal {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Every execution of earlier runs, by ARN, oldest first. A line that a crash cut short is left out. */
  read(): Map<string, Execution> {
    const executions = new Map<string, Execution>();
    if (!existsSync(this.#file)) return executions;
    for (const text of readFileSync(this.#file, 'utf8').split('\n')) {
      const line = parseLine(text);
      if (!line) continue;
      if ('event' in line) executions.get(line.arn)?.events.push(line.event);
      else this.#keep(executions, line.record);
    }
    return executions;
  }

  /** Length of the file, bytes. */
  get size(): number {
    return existsSync(this.#file) ? statSync(this.#file).size : 0;
  }

  /** Writes the file anew with these alone, whole or not at all. */
  keepOnly(executions: Iterable<Execution>): void {
    const text = [...executions].map(textOf).join('');
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  addRecord(record: ExecutionRecord): void {
    this.#add({ record });
  }

  addEvent(arn: string, event: HistoryEvent): void {
    this.#add({ arn, event });
  }

  #keep(executions: Map<string, Execution>, record: ExecutionRecord): void {
    const known = executions.get(record.executionArn);
    executions.set(record.executionArn, new Execution(record, known?.events));
  }

  #add(line: z.infer<typeof Line>): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }
}

/** What the journal holds of an execution. */
export const textOf = ({ record, events }: Execution): string =>
  [{ record }, ...events.map((event) => ({ arn: record.executionArn, event }))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');

function parseLine(text: string): z.infer<typeof Line> | undefined {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
