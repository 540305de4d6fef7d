import type { Actor, AuditEntry, AuditFact } from './audit/entry.ts';
import type { RequestRecord, RequestState } from './record.ts';
import type { SourceProgress } from './source-progress.ts';
import type { Held } from './state-machine.ts';

/**
 * Requests, their progress and their audit trail (DynamoDB `requests`). A state changes by conditional writes alone: nothing
 * undoes an end. Each write that matters puts its own entry into the trail (`modules/requests/audit/facts.ts`).
 */
export interface Requests {
  /** The same, in the name of a Caller. */
  by(actor: Actor): Requests;
  create(record: RequestRecord): Promise<void>;
  /** @throws {RequestNotFoundError} */
  get(requestId: string): Promise<RequestRecord>;
  /**
   * Moves a Request to `to` when `modules/requests/state-machine.ts` allows it, with `patch` in the same write.
   * @param held what must still be as it was read: an attempt must not move a later one
   * @throws {WrongStateError} it is in a state from which `to` cannot be reached, or is not as `held` says
   */
  transition(requestId: string, to: RequestState, patch?: Partial<RequestRecord>, held?: Held): Promise<RequestRecord>;
  /** Adds facts to a Request that has not ended, whatever its state. @throws {WrongStateError} it has, or is not as `held` says */
  note(
    requestId: string,
    facts: Pick<Partial<RequestRecord>, 'attempt' | 'archive' | 'receipt' | 'places' | 'deadline' | 'deadlineChanges'>,
    held?: Held,
  ): Promise<void>;
  /** Progress of one source of one attempt; the last write wins. */
  putProgress(requestId: string, progress: SourceProgress): Promise<void>;
  /** Marks an ended Request whose archive is about to be destroyed. @throws {WrongStateError} it has not ended */
  markDestroyed(requestId: string, at: string): Promise<RequestRecord>;
  /** Marks an ended Request of which nothing but its record is kept any longer. @throws {WrongStateError} it has not ended */
  markSwept(requestId: string, at: string): Promise<RequestRecord>;
  listProgress(requestId: string): Promise<SourceProgress[]>;
  /** Puts into the audit trail what changes nothing of the Request. */
  tell(requestId: string, fact: AuditFact): Promise<void>;
  /** The audit trail, oldest first. @throws {RequestNotFoundError} */
  listEvents(requestId: string): Promise<AuditEntry[]>;
}
