import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { CallRecorder } from '../call-recorder.ts';
import { type Action, ServiceFault, startJsonEndpoint } from '../json-endpoint.ts';
import type { InvocationResult } from '../lambda-sandbox.ts';
import type { CallGuard } from '../limits/call-guard.ts';
import type { LoopbackServer } from '../loopback.ts';
import { ACCOUNT, REGION, stateMachineArn } from '../names.ts';
import type { StoreFaults } from '../store-faults.ts';
import { Execution, type ExecutionPorts, type ExecutionRecord } from './execution.ts';
import { ExecutionJournal } from './execution-journal.ts';
import type { Machine } from './state-machines.ts';

interface StepFunctionsOptions {
  readonly machines: readonly Machine[];
  /** @param isEvent it may wait: nobody waits for the answer */
  readonly invoke: (name: string, event: unknown, isEvent?: boolean) => Promise<InvocationResult>;
  /** Folder of the function that is told of executions which did not succeed, as the EventBridge rule does on AWS. */
  readonly closer: string;
  /** JSON lines; survives a restart. */
  readonly journalFile: string;
  /** Maximum events of one execution; any when absent. */
  readonly maxEvents?: number | undefined;
}

const StartInput = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});
const ExecutionInput = z.object({ executionArn: z.string() });
const StopInput = ExecutionInput.extend({ error: z.string().optional(), cause: z.string().optional() });

/** How long the history of an execution is kept after its end. */
const KEPT_DAYS = 7;
const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

/** Seconds before the closing function is called again after it failed. */
const CLOSER_RETRIES = [0, 1, 5];

/** Step Functions for the real SDK client. */
export class StepFunctions {
  readonly #options: StepFunctionsOptions;
  readonly #journal: ExecutionJournal;
  readonly #machines: ReadonlyMap<string, Machine>;
  /** What runs, by ARN. What has ended is in the journal alone. */
  readonly #running: Map<string, Execution>;
  readonly #ports: ExecutionPorts;
  readonly #stopped = new AbortController();
  #server: LoopbackServer | undefined;

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
    this.#journal = new ExecutionJournal(options.journalFile);
    this.#machines = new Map(options.machines.map((machine) => [stateMachineArn(machine.name), machine]));
    this.#running = new Map(this.#journal.running().map((record) => [record.executionArn, new Execution(record)]));
    this.forgetOld();
    this.#ports = {
      maxEvents: options.maxEvents,
      invoke: (name, event) => options.invoke(name, event),
      onEvent: ({ record }, event) => {
        if (!this.#stopped.signal.aborted) this.#journal.addEvent(record.executionArn, event);
      },
      onEnd: (execution) => this.#end(execution),
    };
  }

  /** @returns where the SDK client finds it */
  async listen(recorder?: CallRecorder, faults?: StoreFaults, guard?: CallGuard): Promise<string> {
    const actions: Record<string, Action> = {
      StartExecution: (input) => this.#start(StartInput.parse(input)),
      DescribeExecution: (input) => this.#find(input),
      StopExecution: (input) => this.#stop(StopInput.parse(input)),
      GetExecutionHistory: (input) => ({ events: this.#read(ExecutionInput.parse(input).executionArn).events }),
    };
    const named = Object.entries(actions).map(([name, action]) => [`AWSStepFunctions.${name}`, action]);
    this.#server = await startJsonEndpoint(Object.fromEntries(named), recorder, faults, guard);
    return this.#server.url;
  }

  /**
   * What ended long ago is forgotten, as on AWS, here after fewer days; and what ended first, when the journal has grown too
   * long: then half of it is left, or what runs.
   */
  forgetOld(mostBytes = MAX_JOURNAL_BYTES): void {
    const since = Date.now() / 1000 - KEPT_DAYS * 86_400;
    const { size } = this.#journal;
    const ended = this.#journal.ended();
    const old = ended.filter(({ stopDate }) => stopDate < since);
    if (size > mostBytes) old.push(...firstOf(ended, size - mostBytes / 2));
    if (old.length > 0) this.#journal.forget(new Set(old.map(({ arn }) => arn)));
  }

  /** Ends what was running when the system died, and has it closed. Call it once functions can run. */
  abortLost(): void {
    for (const execution of [...this.#running.values()]) {
      execution.close({ status: 'ABORTED', error: 'SystemRestarted' });
      this.#end(execution);
    }
  }

  /** Every execution with its events, oldest first. */
  history(): unknown[] {
    return this.#journal.all().map(({ record, events }) => ({ ...record, events }));
  }

  /** What runs now; it costs no look into the journal. */
  running(): ExecutionRecord[] {
    return [...this.#running.values()].map(({ record }) => record);
  }

  /** Takes no more calls and starts no more functions; what runs stays RUNNING in the journal. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#server?.stop();
  }

  #start({ stateMachineArn: arn, name = randomUUID(), input }: z.infer<typeof StartInput>) {
    const machine = this.#machines.get(arn);
    if (!machine) throw new ServiceFault('StateMachineDoesNotExist', 'There is no such state machine');
    if (!/^[\w-]{1,80}$/.test(name))
      throw new ServiceFault('InvalidName', 'A name has 1 to 80 letters, digits, - or _');
    if (!isJson(input)) throw new ServiceFault('InvalidExecutionInput', 'The input is not JSON');
    const execution = Execution.create(machine.name, name, input);
    const { executionArn, startDate } = execution.record;
    const known = this.#running.get(executionArn)?.record;
    if (known?.input === input) return { executionArn, startDate: known.startDate };
    if (this.#journal.has(executionArn)) {
      throw new ServiceFault('ExecutionAlreadyExists', `There is an execution ${name} already`);
    }
    this.#running.set(executionArn, execution);
    this.#journal.addRecord(execution.record);
    void execution.run(machine, this.#ports);
    return { executionArn, startDate };
  }

  #stop({ executionArn, error, cause }: z.infer<typeof StopInput>) {
    this.#find({ executionArn });
    this.#running.get(executionArn)?.stop(error, cause);
    return { stopDate: Date.now() / 1000 };
  }

  #find(input: unknown): ExecutionRecord {
    const { executionArn } = ExecutionInput.parse(input);
    return this.#running.get(executionArn)?.record ?? this.#read(executionArn).record;
  }

  #read(arn: string) {
    const kept = this.#journal.find(arn);
    if (!kept) throw new ServiceFault('ExecutionDoesNotExist', 'There is no such execution');
    return kept;
  }

  #end(execution: Execution): void {
    if (this.#stopped.signal.aborted) return;
    this.#journal.addRecord(execution.record);
    this.#running.delete(execution.record.executionArn);
    if (execution.record.status !== 'SUCCEEDED') void this.#tellCloser(execution);
  }

  async #tellCloser({ record }: Execution): Promise<void> {
    const { executionArn, stateMachineArn: machine, name, status, input, startDate, stopDate } = record;
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: ACCOUNT,
      time: new Date().toISOString(),
      region: REGION,
      resources: [executionArn],
      detail: { executionArn, stateMachineArn: machine, name, status, input, startDate, stopDate },
    };
    for (const seconds of CLOSER_RETRIES) {
      await sleep(seconds * 1000, undefined, { ref: false });
      if (this.#stopped.signal.aborted) return;
      const { ok } = await this.#options.invoke(this.#options.closer, event, true);
      if (ok) return;
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The first executions that together hold a number of bytes, or all of them. */
function firstOf<T extends { readonly bytes: number }>(executions: readonly T[], wanted: number): T[] {
  let left = wanted;
  return executions.filter(({ bytes }) => {
    if (left <= 0) return false;
    left -= bytes;
    return true;
  });
}
