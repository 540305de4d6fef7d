import { setImmediate as interpreterTold } from 'node:timers/promises';
import type { FunctionError, InvocationResult } from '../lambda-sandbox.ts';
import { executionArn, functionArn, stateMachineArn } from '../names.ts';
import {
  eventsOnAws,
  type HistoryEvent,
  historyEvent,
  type LibraryEvent,
  lambdaEvent,
  type NewEvent,
} from './execution-history.ts';
import { endingOf, type Machine } from './state-machines.ts';

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What is known of an execution beside its events. Dates in seconds; `input` and `output` JSON texts. */
export interface ExecutionRecord {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startDate: number;
  readonly status: ExecutionStatus;
  readonly stopDate?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Length of its history on AWS; known at its end. */
  readonly eventsOnAws?: number;
}

export interface ExecutionPorts {
  /** Maximum length of a history; any when absent. */
  readonly maxEvents?: number | undefined;
  invoke(name: string, event: unknown): Promise<InvocationResult>;
  onEvent(execution: Execution, event: HistoryEvent): void;
  onEnd(execution: Execution): void;
}

/** Largest input or output of a state, as on AWS. */
const MAX_STATE_BYTES = 262_144;

const TOO_LARGE = {
  errorType: 'States.DataLimitExceeded',
  errorMessage: `A state holds at most ${MAX_STATE_BYTES} bytes`,
  trace: [],
};

const ENDS: ReadonlySet<string> = new Set(['ExecutionSucceeded', 'ExecutionFailed', 'ExecutionAborted']);

/** Scheduled and started, then succeeded or failed. */
const EVENTS_OF_A_CALL = 3;

/** One run of a state machine. */
export class Execution {
  record: ExecutionRecord;
  /** Number of events so far. Events are passed on and not kept: a long run would fill the memory. */
  #events = 0;
  /** The same as AWS counts. */
  #eventsOnAws = 0;
  #abort: (() => void) | undefined;
  #stopping: { readonly error?: string; readonly cause?: string; readonly status?: 'FAILED' } | undefined;

  constructor(record: ExecutionRecord) {
    this.record = record;
  }

  static create(machine: string, name: string, input: string): Execution {
    return new Execution({
      executionArn: executionArn(machine, name),
      stateMachineArn: stateMachineArn(machine),
      name,
      input,
      startDate: Date.now() / 1000,
      status: 'RUNNING',
    });
  }

  /** Runs it to its end; failures are in the record. */
  async run({ machine, functionByState }: Machine, ports: ExecutionPorts): Promise<void> {
    const handlers = [...functionByState].map(([state, name]) => [
      state,
      async (input: unknown) => (await this.#runTask(name, input, ports)) as never,
    ]);
    const { result, abort, eventLogs } = machine.run(JSON.parse(this.record.input), {
      overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
    });
    this.#abort = abort;
    const told = (async () => {
      for await (const event of eventLogs) {
        this.#limit(event, ports);
        this.#tell(this.#isOverLimit && ENDS.has(event.type) ? this.#failedEvent(event) : historyEvent(event), ports);
      }
    })();
    const end = await result.then(
      (output): Partial<ExecutionRecord> => ({ status: 'SUCCEEDED', output: JSON.stringify(output ?? null) }),
      (error: Error) => this.#endAfter(error),
    );
    await told; // the interpreter may be done before the last event was counted
    this.close(this.#isOverLimit ? { ...this.#stopping } : end);
    ports.onEnd(this);
  }

  /** Ends it as ABORTED; functions that run are not stopped, as on AWS. Harmless once it has ended. */
  stop(error?: string, cause?: string): void {
    this.#stopping = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    this.#abort?.();
  }

  /** Writes how it ended. */
  close(end: Partial<ExecutionRecord>): void {
    this.record = { ...this.record, ...end, stopDate: Date.now() / 1000, eventsOnAws: this.#eventsOnAws };
  }

  /** Ends it as FAILED whatever it does: no `Catch` sees it. */
  #fail(error: string, cause: string): void {
    if (this.#stopping) return;
    this.#stopping = { status: 'FAILED', error, cause };
    this.#abort?.();
  }

  get #isOverLimit(): boolean {
    return this.#stopping?.status === 'FAILED';
  }

  #failedEvent({ timestamp }: LibraryEvent): NewEvent {
    const { error, cause } = this.#stopping!;
    return { timestamp: timestamp / 1000, type: 'ExecutionFailed', executionFailedEventDetails: { error, cause } };
  }

  #limit(event: LibraryEvent, ports: ExecutionPorts): void {
    const value =
      event.type === 'StateEntered' ? event.state.input : event.type === 'StateExited' && event.state.output;
    const isLimited = ports.maxEvents !== undefined;
    if (isLimited && value && sizeOf(value) > MAX_STATE_BYTES) this.#fail(TOO_LARGE.errorType, TOO_LARGE.errorMessage);
    this.#count(eventsOnAws(event), ports, event.type === 'ExecutionSucceeded');
  }

  /** The last event that fits may only be the one of success. Source: Step Functions, "Avoid reaching the history quota". */
  #count(events: number, { maxEvents = Number.POSITIVE_INFINITY }: ExecutionPorts, isSuccess = false): void {
    this.#eventsOnAws += events;
    if (this.#eventsOnAws + (isSuccess ? 0 : 1) > maxEvents)
      this.#fail('States.Runtime', `The execution reached the maximum number of history events (${maxEvents}).`);
  }

  #endAfter(error: Error): Partial<ExecutionRecord> {
    const ending = endingOf(error);
    if (ending === 'ABORTED') return { status: ending, ...this.#stopping };
    if (ending === 'TIMED_OUT') return { status: ending, error: 'States.Timeout' };
    const reason = error.cause instanceof Error ? error.cause : error;
    return { status: 'FAILED', error: reason.name, cause: reason.message };
  }

  #tell(event: NewEvent, ports: ExecutionPorts): void {
    const previousEventId = this.#events;
    this.#events += 1;
    ports.onEvent(this, { ...event, id: this.#events, previousEventId });
  }

  /**
   * A Task. The interpreter starts queued items of a stopped Map all the same: they end here, without a function. Its
   * own events come through generators, some ticks late, hence the wait: the history stays in order.
   */
  async #runTask(name: string, input: unknown, ports: ExecutionPorts): Promise<unknown> {
    await interpreterTold();
    if (this.#stopping || this.record.status !== 'RUNNING') throw new StoppedError();
    const resource = functionArn(name);
    this.#tell(lambdaEvent('Scheduled', { resource, input: limited(input) }), ports);
    this.#count(EVENTS_OF_A_CALL, ports);
    const answer = await ports.invoke(name, input);
    if (answer.ok) {
      this.#tell(lambdaEvent('Succeeded', { output: limited(answer.payload) }), ports);
      return answer.payload;
    }
    const failure = new TaskError(answer.error);
    this.#tell(lambdaEvent('Failed', { error: failure.name, cause: failure.message }), ports);
    throw failure;
  }
}

/** The failure of a Task: the name is what `ErrorEquals` matches, the message what `Cause` holds on AWS. */
class TaskError extends Error {
  override readonly name: string;
  constructor(error: FunctionError) {
    super(JSON.stringify(error));
    this.name = OF_THE_SERVICE.has(error.errorType) ? `Lambda.${error.errorType}` : error.errorType;
  }
}

/** What Lambda says itself, not a function: Step Functions puts the service before the name. */
const OF_THE_SERVICE: ReadonlySet<string> = new Set(['TooManyRequestsException']);

/** Ends a Task of a stopped execution; the interpreter asks for these flags before it retries or catches. */
class StoppedError extends Error {
  readonly isRetryable = false;
  readonly isCatchable = false;
}

/** Nothing catches this one. Source: Step Functions, "Handling errors", `States.DataLimitExceeded`. */
class TooLargeError extends TaskError {
  readonly isRetryable = false;
  readonly isCatchable = false;
  constructor() {
    super(TOO_LARGE);
  }
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function limited(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > MAX_STATE_BYTES) throw new TooLargeError();
  return text;
}
