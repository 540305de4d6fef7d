/* Made from modules/requests/state-machine.ts by `npm run generate`. */
import type { RequestState } from './shapes.ts';

/** Exit code for a request in each state; none while it runs. 4: it waits for a person. 5: nothing was found. 6: not yet verified. */
export const EXIT_CODES: Readonly<Record<RequestState, 0 | 1 | 3 | 4 | 5 | 6 | undefined>> = {
  AWAITING_APPROVAL: 4,
  AWAITING_LOGIN: 4,
  AWAITING_REMOVAL: 4,
  QUEUED: undefined,
  RUNNING: undefined,
  MERGING: undefined,
  VERIFYING: 6,
  CANCELLING: undefined,
  COMPLETED: 0,
  COMPLETED_WITH_ERRORS: 3,
  NOTHING_FOUND: 5,
  FAILED: 1,
  CANCELLED: 1,
  DENIED: 1,
  EXPIRED: 1,
};
