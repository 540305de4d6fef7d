import type { Clock, Log } from '../common/ports.ts';
import type { Actor, AuditEntry, AuditFact } from './audit/entry.ts';
import { WrongStateError } from './errors.ts';
import type { RequestRecord, RequestState } from './record.ts';
import type { SourceProgress } from './source.ts';
import type { Held } from './state-machine.ts';

/** Facts that an attempt leaves behind and the next one removes. */
type Passing = Pick<RequestRecord, 'failure' | 'rerunUntil' | 'handover' | 'note'>;

/** Facts to set; `undefined` removes one. */
export type Patch = Partial<Omit<RequestRecord, keyof Passing>> & {
  readonly [Fact in keyof Passing]?: Passing[Fact] | undefined;
};

type RunFact = 'attempt' | 'archive' | 'receipt' | 'rehearsal' | 'removal' | 'places' | 'deadline' | 'deadlineChanges';

/** `destroyedAt` is written before its archive is destroyed, `sweptAt` before all but the record is. */
type EndFacts = Pick<Patch, 'destroyedAt' | 'sweptAt' | 'note' | 'handover' | 'deadline' | 'deadlineChanges'>;

/** Requests (DynamoDB `requests`). Each write is conditional, so that an ended one stays ended, and adds its audit entry. */
export interface Requests {
  /** The same store; the audit trail names this actor. */
  by(actor: Actor): Requests;
  create(record: RequestRecord): Promise<void>;
  /** @throws {RequestNotFoundError} */
  get(requestId: string): Promise<RequestRecord>;
  /**
   * Moves a Request to `to` when state-machine.ts allows it; a fact of `patch` that is `undefined` is removed.
   * @param held facts that must be unchanged: an attempt must not move a later one @throws {WrongStateError}
   */
  transition(requestId: string, to: RequestState, patch?: Patch, held?: Held): Promise<RequestRecord>;
  /** Adds facts to a Request that has not ended. @throws {WrongStateError} it has ended, or a fact of `held` has changed */
  note(requestId: string, facts: Partial<Pick<RequestRecord, RunFact>>, held?: Held): Promise<void>;
  /** Progress of one source of one attempt; the last write wins. */
  putProgress(requestId: string, progress: SourceProgress): Promise<void>;
  /** Adds facts to an ended Request, or removes them. @throws {WrongStateError} it has not ended, or a fact of `held` has changed */
  noteEnded(requestId: string, facts: EndFacts, held?: Held): Promise<RequestRecord>;
  listProgress(requestId: string): Promise<SourceProgress[]>;
  addEvent(requestId: string, fact: AuditFact): Promise<void>;
  /** The audit trail, oldest first. @throws {RequestNotFoundError} */
  listEvents(requestId: string): Promise<AuditEntry[]>;
}

export type RequestPorts = { readonly requests: Requests; readonly clock: Clock; readonly log: Log };

/** Maximum tries, because others move a Request too. */
const MAX_TRIES = 5;

/**
 * Reads a Request, decides, and moves it if its state is unchanged; otherwise reads and decides again.
 * @param decide returns nothing to leave the Request as it is @throws {WrongStateError} others moved it each time
 */
export async function transition(
  requestId: string,
  requests: Requests,
  decide: (
    present: RequestRecord,
  ) => { readonly to: RequestState; readonly patch?: Partial<RequestRecord> } | undefined,
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
