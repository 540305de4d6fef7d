/** Anything that was started and must be stopped. */
export interface Piece {
  stop(): unknown;
}

/** Pieces of a system that stop in the reverse order of their start. */
export class Pieces {
  readonly #started: Piece[] = [];

  /** Waits for a piece to start and takes it in. */
  async add<T extends Piece>(starting: T | Promise<T>): Promise<T> {
    const piece = await starting;
    this.#started.push(piece);
    return piece;
  }

  /** Stops every piece, also when one of them fails to. @throws the first failure */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const piece of this.#started.splice(0).reverse()) {
      try {
        await piece.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Like `Promise.all`, but comes back only when none is on its way any more, so that what did start can be stopped. */
export async function allDone<T extends readonly unknown[]>(
  starting: [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(starting);
  return (await Promise.all(starting)) as unknown as T;
}
