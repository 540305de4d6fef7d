import { ignoring } from '../common/errors.ts';
import type { LifecyclePolicy } from '../lifecycle/policy.ts';
import { isAccountRefused } from '../lifecycle/start-execution.ts';
import { type StartAboutSubjectPorts, startAboutSubject } from '../lifecycle/start-request.ts';
import type { PortalNames } from '../portal/ports.ts';
import { SubjectBusyError } from '../requests/errors.ts';
import { isFinal } from '../requests/state-machine.ts';
import type { Subject } from '../requests/subject.ts';
import { halvesOf } from '../requests/subjects/account-name.ts';
import { canonicalSubject, recordsOf } from '../requests/subjects/subject-index.ts';
import { bareSubject, type LedgerItem, nextScan, type SuppressionLedger } from '../sentinel/ledger.ts';
import type { SentinelPolicy } from '../sentinel/settings.ts';

export interface ScanSentinelPorts extends StartAboutSubjectPorts {
  readonly ledger: SuppressionLedger;
  readonly portalNames: PortalNames;
  readonly newId: () => string;
  /** The key that `macs` uses; hashes of other keys are no longer compared. */
  readonly generation: string;
}

/** Longer than a scan may run, shorter than the time to the next call of the schedule: every call retries a failed scan. */
export const CLAIM_MS = 14 * 60_000;
const AT_ONCE = 32;
const TOKEN = /^anon-[a-z2-7]{26}$/;

/**
 * Compares hashes of the Portal's names with the ledger (R17, R21): an anonymized name may be there again. Each scan of a name has one
 * follow-up, however often the schedule fires. Expired items are removed, and all once the sentinel is off. A name without a domain may
 * be somebody else's by now: it is reported and never anonymized again.
 */
export async function scanSentinel(
  policy: LifecyclePolicy & { readonly sentinel: SentinelPolicy },
  ports: ScanSentinelPorts,
  signal?: AbortSignal,
): Promise<{ readonly scanned: number; readonly found: number }> {
  const { sentinel } = policy;
  const { ledger, clock, log } = ports;
  const now = clock.now();
  const taken: LedgerItem[] = [];
  for (const item of await ledger.list()) {
    if (!sentinel.enabled || Date.parse(item.expiresAt) <= now.getTime()) await ledger.remove(item);
    else if (Date.parse(item.nextScanAt) > now.getTime()) continue;
    else if (item.generation === ports.generation && (await ledger.claim(item, new Date(now.getTime() + CLAIM_MS))))
      taken.push(item);
  }
  if (taken.length === 0) return { scanned: 0, found: 0 };
  const returned = await findReturned(taken, sentinel, ports, signal).catch((error: Error) => {
    log.warn('sentinel scan failed', { count: taken.length, error: error.name }); // due again at the next call
    throw error;
  });
  let isRefused = false;
  for (const item of taken) {
    const subject = returned.get(item.mac);
    try {
      if (subject) await reportOnce(item, sentinel, ports);
      if (subject && sentinel.followUp === 'anonymize' && halvesOf(subject).domain !== undefined) {
        if (isRefused) continue; // it stays due, as after any failure
        await anonymizeAgain(item, subject, policy, ports);
      }
      await ledger.settle(item, nextScan(new Date(item.since), item.scans + 1, clock.now(), sentinel));
    } catch (error) {
      const isAccount = isAccountRefused(error);
      isRefused ||= isAccount;
      const event = isAccount ? 'service account refused' : 'follow-up failed';
      log.warn(event, { requestId: item.requestId, error: (error as Error).name });
    }
  }
  log.info('sentinel scanned', { count: taken.length, milliseconds: clock.now().getTime() - now.getTime() });
  return { scanned: taken.length, found: returned.size };
}

/** Names of the Portal that are in the ledger, by hash. Each name is hashed once, and none after all are found. */
async function findReturned(
  items: readonly LedgerItem[],
  { namesPerScan }: SentinelPolicy,
  { portalNames, macs, log }: ScanSentinelPorts,
  signal?: AbortSignal,
): Promise<Map<string, Subject>> {
  const wanted = new Set(items.map(({ mac }) => mac));
  const returned = new Map<string, Subject>();
  const seen = new Set<string>();
  for await (const batch of portalNames.list([...new Set(items.map(({ kind }) => kind))], signal)) {
    const fresh = batch.flatMap((subject) => [subject, bareSubject(subject)]).filter((subject) => isNew(subject, seen));
    for (let at = 0; at < fresh.length; at += AT_ONCE) {
      signal?.throwIfAborted();
      const some = fresh.slice(at, at + AT_ONCE);
      const hashes = await Promise.all(some.map((subject) => macs.of('subject', canonicalSubject(subject))));
      for (const [index, mac] of hashes.entries()) if (wanted.has(mac)) returned.set(mac, some[index]!);
    }
    if (returned.size === wanted.size) break;
    if (seen.size < namesPerScan) continue;
    log.warn('sentinel scan cut short', { count: seen.size });
    break;
  }
  return returned;
}

function isNew(subject: Subject, seen: Set<string>): boolean {
  const canonical = canonicalSubject(subject);
  if (subject.name === '' || TOKEN.test(bareSubject(subject).name) || seen.has(canonical)) return false;
  seen.add(canonical);
  return true;
}

/** Reports that a name is back, once for each scan, however often the follow-up is tried. */
async function reportOnce(
  { requestId, scans, since }: LedgerItem,
  { followUp }: SentinelPolicy,
  { requests, log }: ScanSentinelPorts,
): Promise<void> {
  const scan = scans + 1;
  const what = followUp === 'alarm' ? 'name-found' : 'name-came-back';
  const trail = await requests.listEvents(requestId);
  if (trail.some((entry) => entry.what === what && entry.counts?.scan === scan && entry.at >= since)) return;
  await requests.addEvent(requestId, { what, counts: { scan } });
  log.warn('name came back', { requestId, count: scan });
}

/** Anonymizes a name that came back: the approval of the first anonymization holds for it. */
async function anonymizeAgain(
  { requestId, mac }: LedgerItem,
  subject: Subject,
  policy: LifecyclePolicy,
  ports: ScanSentinelPorts,
): Promise<void> {
  const about = await recordsOf(await ports.subjects.requestsAbout(mac), ports.requests);
  if (about.some(({ kind, state }) => kind === 'anonymize' && !isFinal(state))) return; // it runs, or waits for a login
  const { callerId, reference, recipients, ticket, commonWord } = await ports.requests.get(requestId);
  const again = { ...subject, ...(commonWord && { commonWord }) };
  const body = {
    kind: 'anonymize',
    subject: again,
    irreversible: true,
    ...(reference !== undefined && { reference }),
    ...(recipients && { recipients }),
    ...(ports.serviceAccount && { login: 'service-account' as const }),
  } as const;
  const call = {
    requestId: ports.newId(),
    body,
    caller: { callerId, kind: 'machine', scopes: [] },
    origin: { followUpOf: requestId, ...(ticket && { ticket }) },
    waived: { approval: 'given-for-first-request', preview: 'nobody-to-show', login: 'given-later' },
  } as const;
  await startAboutSubject(call, policy, ports).catch(ignoring(SubjectBusyError)); // it is being anonymized already
}
