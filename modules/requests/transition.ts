import { WrongStateError } from './errors.ts';
import type { RequestRecord, RequestState } from './record.ts';
import type { Requests } from './store.ts';

/** Where to move a Request, and what changes with it. */
interface Move {
  readonly to: RequestState;
  readonly patch?: Partial<RequestRecord>;
}

/** Maximum tries, because others move a Request too. */
const MAX_TRIES = 5;

/**
 * Reads a Request, decides, and moves it if its state is unchanged; otherwise reads and decides again.
 * @param decide returns nothing to leave the Request as it is
 * @returns the Request as it is afterwards
 * @throws {WrongStateError} others moved it each time
 */
export async function transition(
  requestId: string,
  requests: Requests,
  decide: (present: RequestRecord) => Move | undefined,
): Promise<RequestRecord> {
  for (let tries = 1; ; tries += 1) {
    const present = await requests.get(requestId);
    const move = decide(present);
    if (!move) return present;
    const { state, attempt } = present;
    try {
      return await requests.transition(requestId, move.to, move.patch, { state, attempt });
    } catch (error) {
      if (!(error instanceof WrongStateError) || tries === MAX_TRIES) throw error;
    }
  }
}
