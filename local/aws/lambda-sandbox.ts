import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FunctionSpec } from '../../functions/registry.ts';
import type { Confined } from './limits/lambda-image.ts';
import { accessKeyOf, FAKE_CREDENTIALS, functionArn, REGION } from './names.ts';

/** A failure as Lambda reports it: `errorType` is the error's name, which `Retry` and `Catch` match. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}
export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: FunctionError };

type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'done'; readonly payload: string; readonly peakMb: number }
  | { readonly kind: 'failed'; readonly error: FunctionError; readonly peakMb: number };

interface SandboxOptions {
  readonly bundleFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes standard output and standard error of the process. */
  readonly logFile: string;
  /** Runs it as Lambda would, with this instead of bundle and environment. */
  readonly confined?: Confined | undefined;
  /** Maximum bytes of an answer; any when absent. */
  readonly answerBytes?: number | undefined;
}

export const WORKER = fileURLToPath(new URL('./lambda-worker.mjs', import.meta.url));
/** Share of the memory that the heap may take, the rest is for buffers and code. */
const HEAP_SHARE = 0.9;
/** A bundle that has not loaded by then never will. */
const INIT_SECONDS = 60;

/** One warm process of one function: an invocation at a time, killed at its timeout. */
export class LambdaSandbox {
  readonly name: string;
  /** Highest resident memory so far, MB. */
  peakMb = 0;
  readonly #child: ChildProcess;
  readonly #timeoutSeconds: number;
  readonly #answerBytes: number;
  readonly #exited: Promise<unknown>;
  readonly #ready: Promise<FunctionError | undefined>;
  /** The process has ended, or is about to. */
  #dead = false;
  /** Ends the wait for the next message with an error. */
  #giveUp: ((error: FunctionError) => void) | undefined;

  constructor(spec: FunctionSpec, options: SandboxOptions) {
    this.name = spec.name;
    this.#timeoutSeconds = spec.timeoutSeconds;
    this.#answerBytes = options.answerBytes ?? Number.POSITIVE_INFINITY;
    this.#child = startWorker(spec, options);
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.on('error', () => this.#giveUp?.(exitError('the process could not start')));
    this.#ready = this.#within(INIT_SECONDS).then((message) => ('error' in message ? message.error : undefined));
  }

  get alive(): boolean {
    return !this.#dead && this.#child.connected;
  }

  async invoke(event: unknown): Promise<InvocationResult> {
    const broken = await this.#ready;
    if (broken) return { ok: false, error: broken };
    const awsRequestId = randomUUID();
    const answer = this.#within(this.#timeoutSeconds);
    this.#child.send({ awsRequestId, event, deadline: Date.now() + this.#timeoutSeconds * 1000 }, () => {});
    const message = await answer;
    if ('peakMb' in message) this.peakMb = Math.max(this.peakMb, message.peakMb);
    if (message.kind === 'done' && Buffer.byteLength(message.payload) > this.#answerBytes)
      return { ok: false, error: tooLarge(this.#answerBytes) };
    if (message.kind === 'done') return { ok: true, payload: JSON.parse(message.payload) };
    return { ok: false, error: 'error' in message ? message.error : exitError('an unexpected message') };
  }

  /** Ends the process at once; its invocation fails. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** The next message of the process, or why there is none. */
  #next(): Promise<WorkerMessage> {
    return new Promise((resolve) => {
      const settle = (message: WorkerMessage) => {
        this.#child.off('message', onMessage).off('exit', onExit);
        this.#giveUp = undefined;
        this.#dead = message.kind === 'broken';
        resolve(message);
      };
      const onMessage = (message: unknown) => settle(message as WorkerMessage);
      const onExit = (code: number | null, signal: string | null) =>
        settle({ kind: 'broken', error: exitError(signal ? `signal: ${signal}` : `exit status ${code}`) });
      this.#giveUp = (error) => settle({ kind: 'broken', error });
      this.#child.on('message', onMessage).on('exit', onExit);
    });
  }

  /** The next message, or a timeout: then the process is killed. */
  async #within(seconds: number): Promise<WorkerMessage> {
    const timer = setTimeout(() => {
      const errorMessage = `Task timed out after ${seconds.toFixed(2)} seconds`;
      this.#giveUp?.({ errorType: 'Sandbox.Timedout', errorMessage, trace: [] });
      void this.kill();
    }, seconds * 1000);
    return await this.#next().finally(() => clearTimeout(timer));
  }
}

const exitError = (how: string): FunctionError => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `Runtime exited with error: ${how}`,
  trace: [],
});

/** In the words of Lambda. */
const tooLarge = (bytes: number): FunctionError => ({
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${bytes} bytes).`,
  trace: [],
});

function startWorker(spec: FunctionSpec, { bundleFile, environment, logFile, confined }: SandboxOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  const heap = `--max-old-space-size=${Math.floor(spec.memoryMb * HEAP_SHARE)}`;
  const stdio = ['ignore', log, log, 'ipc'] as const;
  const own = {
    ...lambdaEnvironment(spec),
    ...environment,
    ...(spec.nodeOptions && { NODE_OPTIONS: spec.nodeOptions }),
  };
  const child = confined
    ? fork(confined.workerFile, [confined.bundleFile, functionArn(spec.name), 'read-only'], {
        ...confined,
        execArgv: [heap, ...confined.execArgv],
        env: confined.environment,
        stdio: [...stdio],
      })
    : fork(WORKER, [bundleFile, functionArn(spec.name)], { execArgv: [heap], env: own, stdio: [...stdio] });
  child.once('spawn', () => closeSync(log));
  return child;
}

/** What Lambda itself sets; nothing of this machine's own environment gets through but the path. */
function lambdaEnvironment(spec: FunctionSpec): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TZ: ':UTC',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyOf(spec.name),
    AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  };
}
