import { hash } from 'node:crypto';

/** One call that a process wants to make; it happens when the search says so. */
interface Gate {
  readonly label: string;
  /** Other Requests may be touched by it. */
  readonly shared: boolean;
  /** It writes, so that who makes it may not hear that it has happened. */
  readonly mayBeLost: boolean;
  readonly isOpen: () => boolean;
  run(): Promise<void>;
  /** Happens, and its answer is lost. */
  lose(): Promise<void>;
  kill(): void;
}

/** A killed process hears this from every call, and has no effect any more. */
export class KilledError extends Error {
  override readonly name = 'Lambda.Unknown';
}

/** Real code that runs until its next call of a port; what it knows is what its calls have answered. */
export class Process {
  readonly gates: Gate[] = [];
  readonly name: string;
  readonly requestId: string;
  /** Digest of all answers so far, from which its next step follows. */
  known = '';
  killed = false;
  readonly #isAlone: () => boolean;

  /** @param isAlone while it says so, calls are made at once: what comes before that which is searched */
  constructor(name: string, requestId: string, isAlone = () => false) {
    this.name = name;
    this.requestId = requestId;
    this.#isAlone = isAlone;
  }

  /** Makes a call when its turn has come. */
  call<T>(
    label: string,
    effect: () => T | Promise<T>,
    options: Partial<Pick<Gate, 'shared' | 'mayBeLost' | 'isOpen'>> = {},
  ) {
    if (this.killed) return Promise.reject(new KilledError());
    if (this.#isAlone() && options.isOpen?.() !== false) return Promise.resolve().then(effect);
    return new Promise<T>((resolve, reject) => {
      this.gates.push({
        label,
        shared: options.shared ?? false,
        mayBeLost: options.mayBeLost ?? false,
        isOpen: options.isOpen ?? (() => true),
        run: async () => {
          try {
            const value = await effect();
            this.#learn(label, value);
            resolve(value);
          } catch (error) {
            this.#learn(label, String(error));
            reject(error);
          }
        },
        lose: async () => {
          await Promise.resolve(effect()).catch(() => {});
          this.#learn(label, 'lost');
          reject(new Error('no answer'));
        },
        kill: () => reject(new KilledError()),
      });
    });
  }

  kill(): void {
    this.killed = true;
    this.known = 'killed';
    for (const gate of this.gates.splice(0)) gate.kill();
  }

  #learn(label: string, value: unknown): void {
    this.known = digest(`${this.known} ${label} ${JSON.stringify(value)}`);
  }
}

/** What a search looks at: a system made anew for each schedule. */
export interface System {
  readonly processes: readonly Process[];
  /** How often a process may still be killed. */
  killsLeft: number;
  /** How many answers may still be lost. */
  lossesLeft: number;
  /** Everything that is stored, as text. */
  stored(): Promise<string>;
  /** Called in each state. @returns what must not be */
  fault(): Promise<string | undefined>;
  /** Called when nothing can happen any more. @returns true when time passing makes something happen */
  wait(): Promise<boolean>;
}

/** What a search has seen. */
export interface Search {
  readonly states: number;
  readonly schedules: number;
  /** The first schedule that leads to something that must not be, step by step. */
  readonly fault?: { readonly what: string; readonly steps: readonly string[] };
}

/** Runs code up to its next calls: whatever it awaits besides is there at once. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const digest = (text: string): string => hash('sha1', text, 'base64');

/**
 * Visits every state that the processes of a system can reach, whoever of them makes its next call first, and whoever is
 * killed. Code cannot be put back, so each schedule starts anew and repeats the choices that led to it. Calls that touch
 * one Request alone commute with those of others: as long as all of a Request are such, only they are tried.
 */
export async function explore(make: () => System, mostStates = 2_000_000): Promise<Search> {
  const seen = new Set<string>();
  const open: number[][] = [[]];
  let schedules = 0;
  for (let choices = open.pop(); choices; choices = open.pop()) {
    const system = make();
    schedules += 1;
    const fault = await follow(system, choices, seen, open);
    await stop(system);
    if (fault) return { states: seen.size, schedules, fault };
    if (seen.size > mostStates) throw new Error(`more than ${mostStates} states`);
  }
  return { states: seen.size, schedules };
}

async function follow(system: System, choices: readonly number[], seen: Set<string>, open: number[][]) {
  const made: number[] = [];
  const steps: string[] = [];
  await settle();
  for (;;) {
    const what = await system.fault();
    if (what) return { what, steps };
    if (made.length >= choices.length) {
      const key = await keyOf(system);
      if (seen.has(key)) return undefined;
      seen.add(key);
    }
    const moves = movesOf(system);
    if (moves.length === 0) {
      if (!(await system.wait())) return undefined;
      steps.push('time passes');
      await settle();
      continue;
    }
    const isNew = made.length >= choices.length;
    const choice = choices[made.length] ?? 0;
    if (isNew) for (let other = 1; other < moves.length; other += 1) open.push([...made, other]);
    made.push(choice);
    const move = moves[choice];
    if (!move) throw new Error(`the same choices lead elsewhere: ${steps.join('; ')}`);
    steps.push(await move());
    await settle();
  }
}

/** What may happen next. */
function movesOf(system: System): (() => Promise<string>)[] {
  const ready = system.processes.filter(({ gates }) => gates[0]?.isOpen());
  const own = ready.find(({ requestId }) =>
    ready.every((each) => each.requestId !== requestId || !each.gates[0]!.shared),
  );
  const waiting = own && system.processes.some((each) => each.requestId === own.requestId && each.gates[0]?.shared);
  const tried = own && !waiting ? ready.filter(({ requestId }) => requestId === own.requestId) : ready;
  return [
    ...tried.map((process) => async () => {
      const gate = process.gates.shift()!;
      await gate.run();
      return `${process.name}: ${gate.label}`;
    }),
    ...(system.lossesLeft > 0 ? tried.filter(({ gates }) => gates[0]!.mayBeLost) : []).map((process) => async () => {
      system.lossesLeft -= 1;
      const gate = process.gates.shift()!;
      await gate.lose();
      return `${process.name}: ${gate.label}, its answer lost`;
    }),
    ...(system.killsLeft > 0 ? tried.filter(({ known }) => known !== '') : []).map((process) => async () => {
      system.killsLeft -= 1;
      process.kill();
      return `${process.name}: killed`;
    }),
  ];
}

async function keyOf(system: System): Promise<string> {
  const running = system.processes.map(({ name, known, gates }) => `${name} ${known} ${gates[0]?.label ?? ''}`);
  return digest([await system.stored(), system.killsLeft, system.lossesLeft, ...running.sort()].join('\n'));
}

/** Lets every process end, so that none leaves a timer behind. */
async function stop({ processes }: System): Promise<void> {
  for (const process of processes) process.kill();
  await settle();
}
