import type { Clock, Log } from '../common/ports.ts';
import type { Requests } from '../requests/store.ts';
import { type Delivery, type Letter, nextTry, type Outlets, outletIdOf, type Target } from './message.ts';
import { noticeOf } from './notice.ts';
import { isLetter, type Outbox, type Untold } from './outbox.ts';

/** A try that was not finished by then died with its function. */
const MAX_TRY_MS = 5 * 60_000;
/** Of one run; the rest is left to the next. */
const MAX_LETTERS = 1000;

export interface DeliverNoticesPorts {
  readonly outbox: Outbox;
  readonly requests: Requests;
  readonly outlets: Outlets;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 (included) to 1. */
  readonly random: () => number;
}

/** What one run has done. */
export type Delivered = Readonly<Counts>;

interface Counts {
  sent: number;
  postponed: number;
  givenUp: number;
}

/**
 * Tells the world outside what the audit trails hold that it was not told of yet. A repeat is harmless, and whatever fails
 * here touches no Request (R20).
 */
export async function deliverNotices(ports: DeliverNoticesPorts, signal: AbortSignal): Promise<Delivered> {
  await writeLetters(ports, signal);
  const counts = { sent: 0, postponed: 0, givenUp: 0 };
  const queues = Object.values(Object.groupBy(await dueLetters(ports), ({ target }) => outletIdOf(target)));
  await Promise.all(queues.map((queue = []) => deliverQueue(queue, counts, ports, signal)));
  ports.log.info('outbox delivered', { count: counts.sent });
  return counts;
}

/** Letters of all that is untold; a Request of which they cannot be written keeps no other from it. */
async function writeLetters(ports: DeliverNoticesPorts, signal: AbortSignal): Promise<void> {
  for await (const due of ports.outbox.due(ports.clock.now())) {
    if (signal.aborted) return;
    if (isLetter(due)) continue;
    await writeLettersOf(due, ports).catch((error: Error) =>
      ports.log.warn('notices not written', { requestId: due.requestId, error: error.name }),
    );
  }
}

async function writeLettersOf(
  untold: Untold,
  { outbox, requests, outlets, clock }: DeliverNoticesPorts,
): Promise<void> {
  const { requestId, toldSeq, newestSeq } = untold;
  const record = await requests.get(requestId);
  const ticket: readonly Target[] = record.ticket ? [{ kind: 'ticket', ...record.ticket }] : [];
  const targets = [...ticket, ...outlets.everywhere];
  if (targets.length > 0) {
    const [entries, progress] = await Promise.all([requests.listEvents(requestId), requests.listProgress(requestId)]);
    for (const entry of entries.filter(({ seq }) => seq > toldSeq && seq <= newestSeq)) {
      const notice = noticeOf(entry, record, progress);
      if (notice) await outbox.write(notice, targets, clock.now());
    }
  }
  await outbox.markTold(untold);
}

async function dueLetters({ outbox, clock }: DeliverNoticesPorts): Promise<Letter[]> {
  const letters: Letter[] = [];
  for await (const due of outbox.due(clock.now())) {
    if (isLetter(due)) letters.push(due);
    if (letters.length === MAX_LETTERS) break;
  }
  return letters;
}

/** Letters of one outlet, one after the other; when it is away, those that were not tried wait as well. */
async function deliverQueue(
  queue: readonly Letter[],
  counts: Counts,
  ports: DeliverNoticesPorts,
  signal: AbortSignal,
): Promise<void> {
  let awayUntil: Date | undefined;
  for (const letter of queue) {
    if (signal.aborted) return;
    if (awayUntil) await ports.outbox.postpone(letter, awayUntil);
    else awayUntil = await deliver(letter, counts, ports, signal);
  }
}

/** @returns when to come back to an outlet that is away */
async function deliver(
  letter: Letter,
  counts: Counts,
  ports: DeliverNoticesPorts,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const { outbox, outlets, clock, log, random } = ports;
  if (!(await outbox.takeUp(letter, new Date(clock.now().getTime() + MAX_TRY_MS)))) return undefined;
  const taken = { ...letter, tries: letter.tries + 1 };
  const end = await tryOnce(taken, outlets, signal);
  if (signal.aborted) return undefined; // it stays taken up, and is looked for when it is tried again
  if (end.kind === 'sent') {
    counts.sent += 1;
    await outbox.close(taken, 'sent', clock.now());
    return undefined;
  }
  const { notice, target, tries } = taken;
  const error = end.kind === 'gone' ? 'Gone' : end.error;
  const about = notice.about && { requestId: notice.about.requestId };
  const told = { ...about, sourceId: outletIdOf(target), error, count: tries };
  const until = end.kind === 'later' ? nextTry(taken, clock.now(), end.retryAfter, random) : undefined;
  if (until) {
    counts.postponed += 1;
    log.info('notice postponed', told);
    await outbox.postpone(taken, until);
    return end.kind === 'later' && end.busy ? until : undefined;
  }
  counts.givenUp += 1;
  if (end.kind === 'gone') await outlets.putOff(target);
  log.warn('notice given up', told); // an alarm counts these
  await outbox.close(taken, 'given-up', clock.now());
  return undefined;
}

async function tryOnce({ notice, target, tries }: Letter, outlets: Outlets, signal: AbortSignal): Promise<Delivery> {
  const outlet = outlets.of(target);
  if (!outlet) return { kind: 'refused', error: 'NotConfigured' };
  try {
    return await outlet.deliver(notice, tries > 1, signal);
  } catch (error) {
    return { kind: 'later', error: nameOf(error as Error), busy: true };
  }
}

/** What a failure is called: the network's own code where there is one, such as `ECONNREFUSED`. */
const nameOf = ({ name, code }: Error & { readonly code?: unknown }): string =>
  typeof code === 'string' ? code : name;
