import { isFinal } from './lifecycle.ts';
import type { RequestRecord } from './model.ts';
import { type DestroyBundlePorts, destroyBundle } from './steps/destroy-bundle.ts';
import { recordsOf } from './subject-claim.ts';
import type { Subjects } from './subjects.ts';

export interface EarlierArchivesPorts extends DestroyBundlePorts {
  readonly subjects: Subjects;
  /** What becomes of archives that were retrieved about a Subject before it was anonymized. */
  readonly ownArchives: () => Promise<'delete' | 'retain'>;
}

/**
 * Destroys what was retrieved about the Subject of an anonymization, as configured (R15). A repeat is harmless.
 * @returns until when each archive stays that was not destroyed, ISO 8601; `null` for a retrieval under way
 */
export async function settleEarlierArchives(
  requestId: string,
  ports: EarlierArchivesPorts,
): Promise<readonly (string | null)[]> {
  const mac = await ports.subjects.macOf(requestId);
  if (mac === undefined) return [];
  const records = await recordsOf(await ports.subjects.requestsAbout(mac), ports.requests);
  const retrievals = records.filter(({ kind, destroyedAt }) => kind === 'retrieve' && destroyedAt === undefined);
  const policy = await ports.ownArchives();
  const kept: (string | null)[] = [];
  for (const { requestId: earlier, state, bundle } of retrievals) {
    if (!isFinal(state)) kept.push(null);
    else if (bundle && policy === 'delete') await destroyBundle(earlier, ports);
    else if (bundle && Date.parse(bundle.expiresAt) > ports.clock.now().getTime()) kept.push(bundle.expiresAt);
  }
  return kept;
}

/** Forgets the Subject of an anonymization that is done; of any other end, only that it was being anonymized. */
export async function leaveSubject({ requestId, kind, state }: RequestRecord, subjects: Subjects): Promise<void> {
  if (kind !== 'anonymize') return;
  const mac = await subjects.macOf(requestId);
  if (mac === undefined) return;
  await subjects.release(mac, requestId);
  if (state === 'COMPLETED') await subjects.forget(mac);
}
