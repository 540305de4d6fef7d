import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreFault } from '../../local/aws/store-faults.ts';
import type { LocalOptions } from '../../local/options.ts';
import type { GivenPeople } from '../../local/simulator/world/given-people.ts';
import type { LocalSystem } from '../../local/system.ts';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import { childrenOf, workersOf } from '../support/workers.ts';

/** The callers: two with requests of their own, a program, and one who approves and operates. */
export const CALLERS: readonly { readonly name: string; readonly scopes: readonly Scope[] }[] = [
  { name: 'anna', scopes: SCOPES.filter((scope) => scope !== 'gdpr.approve') },
  { name: 'bert', scopes: SCOPES.filter((scope) => scope !== 'gdpr.approve') },
  { name: 'machine-1', scopes: ['gdpr.retrieve', 'gdpr.read', 'gdpr.download'] },
  { name: 'approver', scopes: SCOPES },
];

/** Signs the webhooks that tell of what becomes of a request. */
export const WEBHOOK_KEY = 'whsec_YSBrZXkgb2YgbW9yZSB0aGFuIDI0IGJ5dGVz';

/** How the system starts; the same each time, so that what was killed comes back as it was. */
export interface StartOrders {
  readonly seed: number;
  readonly dataDir: string;
  readonly engines: number;
  readonly rows: number;
  /** The Engines' clocks stand still there: a retrieval brings the same whenever it runs. */
  readonly now: string;
  readonly engineTimeoutSeconds: number;
  readonly bundles?: string;
  readonly people?: GivenPeople;
  /** A Portal database that is there already. */
  readonly portal?: NonNullable<LocalOptions['portal']>;
  /** Where its webhooks go. */
  readonly peerUrl: string;
}

/** What the child tells when it runs. */
export interface Hello
  extends Pick<
    LocalSystem,
    'apiUrl' | 'login' | 'users' | 'devices' | 'awsEnvironment' | 'logFile' | 'executionsFile'
  > {
  readonly portal: Pick<LocalSystem['portal'], 'host' | 'port' | 'roles'>;
  readonly ticketsUrl: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly engines: readonly string[];
  readonly passwords: readonly string[];
}

export type Order =
  | { readonly do: 'engine'; readonly engine: string; readonly fault: string | undefined }
  | { readonly do: 'list'; readonly fault: string | undefined }
  | {
      readonly do: 'calls';
      readonly of: 'stores' | 'services';
      readonly share: number;
      readonly kinds: readonly StoreFault[];
      readonly delayMs: number;
    }
  | { readonly do: 'invoke'; readonly name: string }
  | { readonly do: 'state' }
  | { readonly do: 'stop' };

/** What runs in the child, and how often its stand-ins have failed. */
interface ChildState {
  readonly running: number;
  readonly stores: Readonly<Record<StoreFault, number>>;
  readonly services: Readonly<Record<StoreFault, number>>;
  readonly failures: readonly string[];
  readonly peaks: Readonly<Record<string, number>>;
}

/** A start may find a machine that is busy with other things. */
const MAX_START_MS = 240_000;

/** The system in a child process: started, told, killed, started again on the same folder. */
export class SystemProcess {
  readonly #orders: StartOrders;
  readonly #temporary: string;
  #child: ChildProcess | undefined;
  #hello: Hello | undefined;
  #lastId = 0;
  /** What the running child told last, and those before it at their end. */
  #last: ChildState | undefined;
  readonly #ended: ChildState[] = [];
  /** Every kind of password that was ever in use: a restart draws new ones. */
  readonly passwords = new Set<string>();

  /** @param temporary folder of its temporary files */
  constructor(orders: StartOrders, temporary: string) {
    this.#orders = orders;
    this.#temporary = temporary;
  }

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'system-child.ts'), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, TMPDIR: this.#temporary },
      execArgv: [],
    });
    child.setMaxListeners(0);
    child.send(this.#orders);
    this.#child = child;
    const [message] = (await Promise.race([
      once(child, 'message', { signal: AbortSignal.timeout(MAX_START_MS) }),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the system ended at its start: ${code}`))),
    ])) as [{ hello: Hello }];
    this.#hello = message.hello;
    for (const password of message.hello.passwords) this.passwords.add(password);
  }

  /** Whether it answers now. */
  get isUp(): boolean {
    return this.#hello !== undefined;
  }

  /** What the running one has told of itself, once it runs. */
  async hello(): Promise<Hello> {
    while (!this.#hello) await sleep(50);
    return this.#hello;
  }

  /** The same as far as helpers of the tests need a system. */
  async system(): Promise<LocalSystem> {
    const hello = await this.hello();
    return { ...hello, token: hello.tokens.approver } as unknown as LocalSystem;
  }

  /** @returns the answer; undefined when the child was killed meanwhile */
  async tell(order: Order): Promise<unknown> {
    await this.hello();
    const child = this.#child!;
    const id = ++this.#lastId;
    return await new Promise((resolve, reject) => {
      const onMessage = (message: { id?: number; answer?: unknown; error?: string }) => {
        if (message.id !== id) return;
        child.off('message', onMessage).off('exit', onExit);
        if (message.error === undefined) resolve(message.answer);
        else reject(new Error(message.error));
      };
      const onExit = () => {
        child.off('message', onMessage);
        resolve(undefined);
      };
      child.on('message', onMessage).once('exit', onExit);
      child.send({ id, order }, () => {});
    });
  }

  async state(): Promise<ChildState | undefined> {
    const state = (await this.tell({ do: 'state' })) as ChildState | undefined;
    if (state) this.#last = state;
    return state;
  }

  /** Calls of the stand-ins that have failed, by kind, over all restarts as far as `state` was asked. */
  failedCalls(): Readonly<Record<string, number>> {
    const sum: Record<string, number> = {};
    for (const { stores, services } of [...this.#ended, ...(this.#last ? [this.#last] : [])]) {
      for (const [of, counts] of Object.entries({ stores, services }))
        for (const [kind, count] of Object.entries(counts)) sum[`${of}:${kind}`] = (sum[`${of}:${kind}`] ?? 0) + count;
    }
    return sum;
  }

  /** Processes that run a function now, as `name` or of any. */
  workers(name = ''): number[] {
    const { pid } = this.#child ?? {};
    return pid === undefined ? [] : workersOf(name, pid).sort((a, b) => a - b);
  }

  /** Kills it with all that it has not stored, and starts it again on the same folder. */
  async killAndStart(): Promise<void> {
    this.#hello = undefined;
    if (this.#last) this.#ended.push(this.#last);
    this.#last = undefined;
    const child = this.#child!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    await this.start();
  }

  /** Kills a session of the database server: PostgreSQL then ends all others, and recovers from its log. @returns false when there is none */
  restartDatabase(at: number): boolean {
    const { pid } = this.#child ?? {};
    const servers = pid === undefined ? [] : childrenOf(pid).filter(({ command }) => /postgres\0-D/.test(command));
    const sessions = servers.flatMap((server) => childrenOf(server.pid));
    const session = sessions[at % Math.max(1, sessions.length)];
    if (session) process.kill(session.pid, 'SIGKILL');
    return session !== undefined;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    await Promise.race([this.#hello ? this.tell({ do: 'stop' }) : undefined, sleep(30_000, undefined, { ref: false })]);
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(late);
  }
}
