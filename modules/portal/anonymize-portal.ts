import { GdprError } from '../common/errors.ts';
import { RequestCancelledError, WrongStateError } from '../requests/errors.ts';
import { rowsChanged } from '../requests/record.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { PortalSubject } from '../requests/subjects/person.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { type PortalFindings, planDigest } from './agreed-preview.ts';
import { PlanChangedError, RehearsalTimeoutError } from './errors.ts';
import type { PortalMapping } from './mapping/mapping.ts';
import { drawToken } from './names/tokens.ts';
import type { PortalAnonymizer, Rehearse } from './ports.ts';
import { PORTAL_SOURCE } from './query-portal.ts';

export interface AnonymizePortalPorts extends Omit<SealedPorts, 'log'> {
  readonly portalAnonymizer: PortalAnonymizer;
  readonly rehearse: Rehearse;
  readonly mapping: PortalMapping;
  /** Source of random bytes, a CSPRNG. */
  readonly random: (size: number) => Uint8Array;
}

/** How often to check whether the Request was cancelled (docs/decisions/0005). */
const POLL_MS = 2000;
/** A rehearsal stops after this many changed rows, and a minute before its worker would be killed. */
const MAX_REHEARSED_ROWS = 100_000;
const REHEARSAL_MINUTES = 14;

/**
 * Task `Anonymize Portal`: replaces the Subject's name in the Portal database and stores the number of changed rows. A cancellation
 * works until the commit; after it, the change is final (R16). A rehearsal takes all back, and stores what it found out.
 * @throws {RequestCancelledError | PlanChangedError | ResidueFoundError | BystanderChangedError | NameOutOfReachError
 *   | RehearsalTimeoutError} nothing has changed
 */
export async function anonymizePortal(
  { requestId }: Attempt,
  ports: AnonymizePortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const { requests, vault, portalAnonymizer, mapping, clock, random } = ports;
  const cancel = new AbortController();
  const heedCancellation = async () => {
    if ((await requests.get(requestId)).cancelRequested) cancel.abort(new RequestCancelledError(requestId));
  };
  await heedCancellation();
  const source = { source: 'portal', sourceId: PORTAL_SOURCE, name: PORTAL_SOURCE, bytes: 0 } as const;
  await requests.putProgress(requestId, { ...source, state: 'RUNNING', rows: 0 });
  const subject = await vault.open(requestId, 'subject');

  const { kind, planDigest: agreed } = await requests.get(requestId);
  const nonce = agreed === undefined ? '' : await vault.open(requestId, 'plan');
  /** Refuses to start when the Portal's data have changed since the agreed preview (R14). */
  const mayStart = (findings: PortalFindings) => {
    if (planDigest(nonce, subject, mapping, findings) !== agreed) throw new PlanChangedError();
  };
  const gate = agreed === undefined ? {} : { mayStart };

  const poll = setInterval(() => heedCancellation().catch(() => {}), POLL_MS); // a look that failed is taken again
  const mayCommit = async (person: PortalSubject) => {
    await vault.replace(requestId, 'subject', { ...subject, person }); // verification searches for what was replaced
    // From here on a cancellation comes too late. One write decides which came first: no committed run is reported as cancelled (R16).
    const begun = { commitStartedAt: clock.now().toISOString() };
    await requests.transition(requestId, 'RUNNING', begun).catch((error: unknown) => {
      throw error instanceof WrongStateError ? new RequestCancelledError(requestId) : error;
    });
  };
  const signals = AbortSignal.any([cancel.signal, ...(signal ? [signal] : [])]);
  const token = drawToken(random);
  const late = new RehearsalTimeoutError(REHEARSAL_MINUTES);
  const timer = setTimeout(() => kind === 'rehearse' && cancel.abort(late), REHEARSAL_MINUTES * 60_000);
  const run = async () =>
    kind === 'rehearse'
      ? { rehearsal: await ports.rehearse({ subject, token, most: MAX_REHEARSED_ROWS, ...gate }, signals) }
      : { receipt: await portalAnonymizer.anonymize(requestId, subject, token, { ...gate, mayCommit }, signals) };
  const done = await run()
    .catch(async (error: unknown) => {
      // an execution passes on only the name of an error
      if (error instanceof GdprError && error.places.length > 0)
        await requests.note(requestId, { places: error.places });
      throw error;
    })
    .finally(() => {
      clearInterval(poll);
      clearTimeout(timer);
    });

  await requests.note(requestId, done);
  const rows = rowsChanged(done.receipt ?? done.rehearsal);
  await requests.putProgress(requestId, { ...source, state: rows > 0 ? 'DONE' : 'EMPTY', rows });
  return {};
}
