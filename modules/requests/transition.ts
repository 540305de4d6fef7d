import { WrongStateError } from './errors.ts';
import type { RequestRecord, RequestState } from './record.ts';
import type { Requests } from './store.ts';

/** What to do with a Request as it was found; nothing when undefined. */
interface Move {
  readonly to: RequestState;
  readonly patch?: Partial<RequestRecord>;
}

/** Others move a Request too: so often it is looked at anew. */
const MAX_LOOKS = 5;

/**
 * Looks at a Request, decides, and moves it if it is still in the state that was decided on; else looks again.
 * @returns the Request as it was left
 * @throws {WrongStateError} others moved it each time
 */
export async function moveOn(
  requestId: string,
  requests: Requests,
  decide: (present: RequestRecord) => Move | undefined,
): Promise<RequestRecord> {
  for (let look = 1; ; look += 1) {
    const present = await requests.get(requestId);
    const move = decide(present);
    if (!move) return present;
    const { state, attempt } = present;
    try {
      return await requests.transition(requestId, move.to, move.patch, { state, attempt });
    } catch (error) {
      if (!(error instanceof WrongStateError) || look === MAX_LOOKS) throw error;
    }
  }
}
