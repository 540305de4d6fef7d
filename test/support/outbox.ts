import { TABLES } from '../../local/environment.ts';
import { dynamoOutbox } from '../../modules/notices/adapters/dynamo-outbox.ts';
import { type Delivered, deliverNotices } from '../../modules/notices/deliver-notices.ts';
import type { Channels, Delivery, Target } from '../../modules/notices/message.ts';
import type { Notice } from '../../modules/notices/notice.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { LocalAws } from './aws.ts';
import { aFunction, aRequest } from './fakes.ts';

/** A time that a test moves. */
export class MovedClock {
  #ms = Date.parse('2026-11-23T09:00:00Z');
  readonly now = () => new Date(this.#ms);
  advance = (minutes: number): void => {
    this.#ms += minutes * 60_000;
  };
}

/** Requests and their outbox in the real store, with a time of the test's own. */
export function anOutbox({ dynamo }: LocalAws) {
  const clock = new MovedClock();
  const requests = dynamoRequests(dynamo, TABLES, clock, aFunction);
  const outbox = dynamoOutbox(dynamo, TABLES.requests);
  const [warned, informed]: { readonly event: string; readonly fields?: object }[][] = [[], []];
  const keep = (lines: typeof warned) => (event: string, fields?: object) =>
    void lines!.push({ event, ...(fields && { fields }) });
  const log = { info: keep(informed), warn: keep(warned) };
  return {
    clock,
    requests,
    outbox,
    warned: warned!,
    informed: informed!,
    async create(facts: Partial<RequestRecord> = {}): Promise<string> {
      const requestId = crypto.randomUUID();
      await requests.create(aRequest({ requestId, ...facts }));
      return requestId;
    },
    /** One call of the schedule; draws are in the middle. */
    run: (channels: Channels, signal = new AbortController().signal): Promise<Delivered> =>
      deliverNotices({ outbox, requests, channels, clock, log, random: () => 0.5 }, signal),
  };
}

/** Channels that answer as a test says, and keep what came. */
export function scriptedChannels(
  everywhere: readonly Target[],
  answer: (notice: Notice, target: Target, again: boolean) => Delivery | Promise<Delivery>,
): Channels & { readonly came: string[]; readonly off: Target[] } {
  const came: string[] = [];
  const off: Target[] = [];
  return {
    came,
    off,
    everywhere,
    of: (target) => async (notice, again) => {
      const end = await answer(notice, target, again);
      if (end.kind === 'sent') came.push(`${notice.event} -> ${target.kind}`);
      return end;
    },
    unsubscribe: async (target) => void off.push(target),
  };
}
