import { type Check, checked, wordsOf } from '../../modules/common/doctor.ts';

interface Trace {
  readonly undo: () => Promise<unknown>;
  /** What a person can do instead. */
  readonly byHand: string;
}

/** What a run has begun and must take back on every way out: after an error, a time limit or Ctrl-C. */
export class Traces {
  readonly #left = new Map<string, Trace>();

  add(what: string, trace: Trace): void {
    this.#left.set(what, trace);
  }

  forget(what: string): void {
    this.#left.delete(what);
  }

  /** Takes back what is left, the latest first. What cannot be taken back is a fault. */
  async clear(name: string): Promise<readonly Check[]> {
    const faults: Check[] = [];
    for (const [what, { undo, byHand }] of [...this.#left].toReversed()) {
      this.#left.delete(what);
      await undo().catch((error: unknown) =>
        faults.push(checked(name, 'fault', `${what} is left behind: ${wordsOf(error)}`, byHand)),
      );
    }
    return faults;
  }
}
