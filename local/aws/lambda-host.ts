import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { FunctionSpec } from '../../functions/registry.ts';
import { type InvocationResult, LambdaSandbox } from './lambda-sandbox.ts';
import type { Confined } from './limits/lambda-image.ts';
import type { AwsLimits } from './limits/limits.ts';

interface LambdaHostOptions {
  /** Holds `<name>/index.mjs` of each function. */
  readonly bundleDir: string;
  readonly functions: readonly FunctionSpec[];
  /** The functions' environment; asked when a process starts. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Maximum of processes, warm ones included. */
  readonly maxProcesses?: number;
  readonly idleSeconds?: number;
  readonly limits?: AwsLimits | undefined;
  /** Runs each process as Lambda would. */
  readonly confine?: ((spec: FunctionSpec) => Confined) | undefined;
}

interface Waiting {
  readonly spec: FunctionSpec;
  /** Called without a sandbox when the host stops. */
  readonly start: (sandbox?: LambdaSandbox) => void;
}

/** Invocations at once; more wait. */
const MAX_AT_ONCE = 16;

/** Reserved for functions that end within a minute, so that a cancel gets through. */
const KEPT_FOR_SHORT = 2;
const SHORT_SECONDS = 60;

/** Memory of one warm process, generously. */
const WARM_BYTES = 100 * 2 ** 20;

/** A process that nobody has called for this long ends, as on AWS: what a burst has started does not stay. */
const MAX_IDLE_SECONDS = 600;

/** As many processes stay warm as fit into a quarter of the memory: most functions take longer to start than to run. */
function roomForWarm(): number {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.max(MAX_AT_ONCE, Math.floor(memory / 4 / WARM_BYTES));
}

/** Runs functions as their bundles in warm processes, one per concurrent invocation. */
export class LambdaHost {
  readonly #options: LambdaHostOptions;
  readonly #specs: ReadonlyMap<string, FunctionSpec>;
  readonly #max: number;
  readonly #maxAtOnce: number;
  /** Longest idle first, each with what ends it. */
  readonly #idle = new Map<LambdaSandbox, NodeJS.Timeout>();
  readonly #busy = new Map<LambdaSandbox, FunctionSpec>();
  readonly #queue: Waiting[] = [];
  /** Processes that were killed and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  readonly #peaks = new Map<string, number>();
  #throttled = 0;
  #stopped = false;

  constructor(options: LambdaHostOptions) {
    this.#options = options;
    this.#specs = new Map(options.functions.map((spec) => [spec.name, spec]));
    this.#max = options.maxProcesses ?? roomForWarm();
    this.#maxAtOnce = Math.min(options.limits?.concurrency ?? MAX_AT_ONCE, this.#max);
  }

  /**
   * Invokes a function and waits for its answer; its failures are values, not exceptions.
   * @param name of the function
   * @param isEvent it waits when too many run, as an asynchronous call does on AWS; where there is no limit every call waits
   */
  async invoke(name: string, event: unknown, isEvent = false): Promise<InvocationResult> {
    const spec = this.#specs.get(name);
    if (!spec) return failure('ResourceNotFoundException', `There is no function ${name}`);
    if (!isEvent && this.#busy.size >= (this.#options.limits?.concurrency ?? Number.POSITIVE_INFINITY)) {
      this.#throttled += 1;
      return failure('TooManyRequestsException', 'Rate Exceeded.');
    }
    const sandbox = await new Promise<LambdaSandbox | undefined>((start) => {
      this.#queue.push({ spec, start });
      this.#dispatch();
    });
    if (!sandbox) return failure('ServiceException', 'The system is stopping');
    const result = await sandbox.invoke(event);
    this.#release(sandbox);
    return result;
  }

  /** Highest resident memory of any process of a function, MB, by its name. */
  peaks(): Record<string, number> {
    return Object.fromEntries(this.#peaks);
  }

  /** Calls that were refused since too many ran. */
  throttled(): number {
    return this.#throttled;
  }

  /** Processes that run now. */
  processes(): number {
    return this.#idle.size + this.#busy.size;
  }

  /** Kills every process and waits for its end; what was running fails, what was waiting never starts. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dispatch();
    for (const sandbox of [...this.#idle.keys(), ...this.#busy.keys()]) this.#end(sandbox);
    await Promise.all(this.#ending);
  }

  #end(sandbox: LambdaSandbox): void {
    this.#wake(sandbox);
    const ended = sandbox.kill().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  /** Starts what may start, in order of arrival; a long function that must wait does not hold up a short one. */
  #dispatch(): void {
    if (this.#stopped) for (const { start } of this.#queue.splice(0)) start();
    for (const waiting of [...this.#queue]) {
      if (!this.#mayStart(waiting.spec)) continue;
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      const sandbox = this.#take(waiting.spec);
      this.#busy.set(sandbox, waiting.spec);
      waiting.start(sandbox);
    }
  }

  #mayStart(spec: FunctionSpec): boolean {
    if (this.#busy.size >= this.#maxAtOnce) return false;
    if (spec.timeoutSeconds <= SHORT_SECONDS) return true;
    if (this.#options.limits?.concurrency !== undefined) return true; // on AWS no room is kept for short functions
    const long = [...this.#busy.values()].filter(({ timeoutSeconds }) => timeoutSeconds > SHORT_SECONDS).length;
    return long < Math.max(1, this.#maxAtOnce - KEPT_FOR_SHORT);
  }

  #rest(sandbox: LambdaSandbox): void {
    const seconds = this.#options.idleSeconds ?? MAX_IDLE_SECONDS;
    this.#idle.set(sandbox, setTimeout(() => this.#end(sandbox), seconds * 1000).unref());
  }

  #wake(sandbox: LambdaSandbox): void {
    clearTimeout(this.#idle.get(sandbox));
    this.#idle.delete(sandbox);
  }

  /** The process of the function that was called last, so that others may end; else a new one; at the limit an idle one of another function makes room. */
  #take(spec: FunctionSpec): LambdaSandbox {
    const idle = [...this.#idle.keys()];
    const warm = idle.findLast(({ name, alive }) => alive && name === spec.name);
    if (warm) {
      this.#wake(warm);
      return warm;
    }
    if (this.processes() >= this.#max && idle.length > 0) this.#end(idle[0]!);
    return new LambdaSandbox(spec, {
      bundleFile: join(this.#options.bundleDir, spec.name, 'index.mjs'),
      environment: this.#options.environment(),
      logFile: this.#options.logFile,
      confined: this.#options.confine?.(spec),
      answerBytes: this.#options.limits?.answerBytes,
    });
  }

  #release(sandbox: LambdaSandbox): void {
    this.#busy.delete(sandbox);
    this.#peaks.set(sandbox.name, Math.max(sandbox.peakMb, this.#peaks.get(sandbox.name) ?? 0));
    if (sandbox.alive && !this.#stopped) this.#rest(sandbox);
    else this.#end(sandbox);
    this.#dispatch();
  }
}

const failure = (errorType: string, errorMessage: string): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage, trace: [] },
});
