import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Action, ServiceFault, startJsonEndpoint } from '../json-endpoint.ts';
import type { InvocationResult } from '../lambda-sandbox.ts';
import type { LoopbackServer } from '../loopback.ts';
import { ACCOUNT, REGION, stateMachineArn } from '../names.ts';
import { Execution, type ExecutionPorts } from './execution.ts';
import { ExecutionJournal, textOf } from './execution-journal.ts';
import type { Machine } from './state-machines.ts';

interface StepFunctionsOptions {
  readonly machines: readonly Machine[];
  readonly invoke: (name: string, event: unknown) => Promise<InvocationResult>;
  /** Folder of the function that is told of executions which did not succeed, as the EventBridge rule does on AWS. */
  readonly closer: string;
  /** JSON lines; survives a restart. */
  readonly journalFile: string;
}

const StartInput = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});
const ExecutionInput = z.object({ executionArn: z.string() });
const StopInput = ExecutionInput.extend({ error: z.string().optional(), cause: z.string().optional() });

/** History of an execution is kept for so long after its end. */
const KEPT_DAYS = 7;
const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

/** Seconds before the closing function is called again after it failed. */
const CLOSER_RETRIES = [0, 1, 5];

/** Step Functions for the real SDK client. */
export class StepFunctions {
  readonly #options: StepFunctionsOptions;
  readonly #journal: ExecutionJournal;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #executions: Map<string, Execution>;
  readonly #ports: ExecutionPorts;
  readonly #stopped = new AbortController();
  #server: LoopbackServer | undefined;

  constructor(options: StepFunctionsOptions) {
    this.#options = options;
    this.#journal = new ExecutionJournal(options.journalFile);
    this.#machines = new Map(options.machines.map((machine) => [stateMachineArn(machine.name), machine]));
    this.#executions = this.#journal.read();
    this.forgetOld();
    this.#ports = {
      invoke: options.invoke,
      onEvent: ({ record }, event) => {
        if (!this.#stopped.signal.aborted) this.#journal.addEvent(record.executionArn, event);
      },
      onEnd: (execution) => this.#end(execution),
    };
  }

  /** @returns where the SDK client finds it */
  async listen(): Promise<string> {
    const actions: Record<string, Action> = {
      StartExecution: (input) => this.#start(StartInput.parse(input)),
      DescribeExecution: (input) => this.#find(input).record,
      StopExecution: (input) => this.#stop(StopInput.parse(input)),
      GetExecutionHistory: (input) => ({ events: this.#find(input).events }),
    };
    const named = Object.entries(actions).map(([name, action]) => [`AWSStepFunctions.${name}`, action]);
    this.#server = await startJsonEndpoint(Object.fromEntries(named));
    return this.#server.url;
  }

  /**
   * What ended long ago is forgotten, as on AWS, here after fewer days; and what ended first, when the journal has grown too
   * long: then half of it is left, or what runs.
   */
  forgetOld(mostBytes = MAX_JOURNAL_BYTES): void {
    const since = Date.now() / 1000 - KEPT_DAYS * 86_400;
    const ended = [...this.#executions.values()].filter(({ record }) => record.stopDate !== undefined);
    const old = ended.filter(({ record }) => record.stopDate! < since);
    if (this.#journal.size > mostBytes) old.push(...firstOf(ended, this.#journal.size - mostBytes / 2));
    for (const { record } of old) this.#executions.delete(record.executionArn);
    if (old.length > 0) this.#journal.keepOnly(this.#executions.values());
  }

  /** Ends what was running when the system died, and has it closed. Call it once functions can run. */
  abortLost(): void {
    const lost = [...this.#executions.values()].filter(({ record }) => record.status === 'RUNNING');
    for (const execution of lost) {
      execution.close({ status: 'ABORTED', error: 'SystemRestarted' });
      this.#end(execution);
    }
  }

  /** Every execution with its events, oldest first. */
  history(): unknown[] {
    return [...this.#executions.values()].map(({ record, events }) => ({ ...record, events }));
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
    const known = this.#executions.get(execution.record.executionArn)?.record;
    if (known && (known.status !== 'RUNNING' || known.input !== input)) {
      throw new ServiceFault('ExecutionAlreadyExists', `There is an execution ${name} already`);
    }
    if (known) return { executionArn: known.executionArn, startDate: known.startDate };
    const { executionArn, startDate } = execution.record;
    this.#executions.set(executionArn, execution);
    this.#journal.addRecord(execution.record);
    void execution.run(machine, this.#ports);
    return { executionArn, startDate };
  }

  #stop({ executionArn, error, cause }: z.infer<typeof StopInput>) {
    this.#find({ executionArn }).stop(error, cause);
    return { stopDate: Date.now() / 1000 };
  }

  #find(input: unknown): Execution {
    const execution = this.#executions.get(ExecutionInput.parse(input).executionArn);
    if (!execution) throw new ServiceFault('ExecutionDoesNotExist', 'There is no such execution');
    return execution;
  }

  #end(execution: Execution): void {
    if (this.#stopped.signal.aborted) return;
    this.#journal.addRecord(execution.record);
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
      const { ok } = await this.#options.invoke(this.#options.closer, event);
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
function firstOf(executions: readonly Execution[], bytes: number): Execution[] {
  let left = bytes;
  return executions.filter((execution) => {
    if (left <= 0) return false;
    left -= Buffer.byteLength(textOf(execution));
    return true;
  });
}
