import type { RequestPorts } from '../requests/store.ts';
import {
  type Channels,
  channelIdOf,
  type Delivery,
  isMessage,
  type Message,
  nextTry,
  type Outbox,
  type Target,
  triesUntil,
  type Unreported,
} from './message.ts';
import { noticeOf } from './notice.ts';

/** Maximum messages of one run; the next run takes the rest. */
const MAX_MESSAGES = 1000;

interface DeliverNoticesPorts extends RequestPorts {
  readonly outbox: Outbox;
  readonly channels: Channels;
  /** From 0 (included) to 1. */
  readonly random: () => number;
}

export type Delivered = { sent: number; postponed: number; givenUp: number };

type Run = { readonly counts: Delivered; readonly ports: DeliverNoticesPorts; readonly signal: AbortSignal };

/** Reports what is new in the audit trails. A repeat is harmless, and no failure here affects a Request (R20). */
export async function deliverNotices(ports: DeliverNoticesPorts, signal: AbortSignal): Promise<Delivered> {
  await writeMessages(ports, signal);
  const counts = { sent: 0, postponed: 0, givenUp: 0 };
  const queues = Map.groupBy(await dueMessages(ports), ({ target }) => channelIdOf(target)).values();
  await Promise.all([...queues].map((queue) => deliverQueue(queue, { counts, ports, signal })));
  ports.log.info('outbox delivered', { count: counts.sent });
  return counts;
}

/** Writes the messages of everything unreported. One Request that fails does not stop the others. */
async function writeMessages(ports: DeliverNoticesPorts, signal: AbortSignal): Promise<void> {
  for await (const due of ports.outbox.due(ports.clock.now())) {
    if (signal.aborted) return;
    if (isMessage(due)) continue;
    await writeMessagesOf(due, ports).catch((error: Error) =>
      ports.log.warn('notices not written', { requestId: due.requestId, error: error.name }),
    );
  }
}

async function writeMessagesOf(unreported: Unreported, { outbox, requests, channels, clock }: DeliverNoticesPorts) {
  const { requestId, reportedSeq, newestSeq } = unreported;
  const record = await requests.get(requestId);
  const ticket: readonly Target[] = record.ticket ? [{ kind: 'ticket', ...record.ticket }] : [];
  const targets = [...ticket, ...channels.everywhere];
  if (targets.length > 0) {
    const [entries, progress] = await Promise.all([requests.listEvents(requestId), requests.listProgress(requestId)]);
    for (const entry of entries.filter(({ seq }) => seq > reportedSeq && seq <= newestSeq)) {
      const notice = noticeOf(entry, record, progress);
      if (notice) await outbox.write(notice, targets, clock.now());
    }
  }
  await outbox.markReported(unreported);
}

async function dueMessages({ outbox, clock }: DeliverNoticesPorts): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const due of outbox.due(clock.now())) {
    if (isMessage(due)) messages.push(due);
    if (messages.length === MAX_MESSAGES) break;
  }
  return messages;
}

/** Delivers the messages of one channel in order. When the channel does not answer, its other messages wait too. */
async function deliverQueue(queue: readonly Message[], run: Run): Promise<void> {
  let awayUntil: Date | undefined;
  for (const message of queue) {
    if (run.signal.aborted) return;
    if (awayUntil) await run.ports.outbox.postpone(message, awayUntil);
    else awayUntil = await deliver(message, run);
  }
}

/** @returns when to try again a channel that does not answer */
async function deliver(message: Message, { counts, ports, signal }: Run): Promise<Date | undefined> {
  const { outbox, channels, clock, log, random } = ports;
  if (!(await outbox.claim(message, triesUntil(clock.now())))) return undefined;
  const taken = { ...message, tries: message.tries + 1 };
  const end = await tryOnce(taken, channels, signal);
  if (signal.aborted) return undefined; // it stays claimed; the next try looks whether it arrived
  if (end.kind === 'sent') {
    counts.sent += 1;
    await outbox.close(taken, 'sent', clock.now());
    return undefined;
  }
  const { notice, target, tries } = taken;
  const error = end.kind === 'gone' ? 'Gone' : end.error;
  const about = notice.about && { requestId: notice.about.requestId };
  const fields = { ...about, sourceId: channelIdOf(target), error, count: tries };
  const until = end.kind === 'later' ? nextTry(taken, clock.now(), end.retryAfter, random) : undefined;
  if (until) {
    counts.postponed += 1;
    log.info('notice postponed', fields);
    await outbox.postpone(taken, until);
    return end.kind === 'later' && end.busy ? until : undefined;
  }
  counts.givenUp += 1;
  if (end.kind === 'gone') await channels.unsubscribe(target);
  log.warn('notice given up', fields); // an alarm counts these
  await outbox.close(taken, 'given-up', clock.now());
  return undefined;
}

async function tryOnce({ notice, target, tries }: Message, channels: Channels, signal: AbortSignal): Promise<Delivery> {
  const channel = channels.of(target);
  if (!channel) return { kind: 'refused', error: 'NotConfigured' };
  try {
    return await channel(notice, tries > 1, signal);
  } catch (error) {
    return { kind: 'later', error: nameOf(error as Error), busy: true };
  }
}

/** Name of a failure: the network's code where there is one, such as `ECONNREFUSED`. */
const nameOf = ({ name, code }: Error & { readonly code?: unknown }): string =>
  typeof code === 'string' ? code : name;
