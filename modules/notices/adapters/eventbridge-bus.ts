import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Channel } from '../message.ts';

/** Puts events with the id, state and times of a Request on an event bus. A retry may repeat an event under the same `id`. */
export const eventBridgeBus =
  (client: EventBridgeClient, bus: string): Channel =>
  async ({ noticeId, event, at, about }, _again, signal) => {
    const { requestId, state, attempt, dueAt } = about ?? {};
    const entry = {
      EventBusName: bus,
      Source: 'nexthink-gdpr',
      DetailType: `gdpr.request.${event}`,
      Time: new Date(at),
      Detail: JSON.stringify({ id: noticeId, requestId, state, attempt, at, dueAt }),
    };
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }), { abortSignal: signal });
    const [{ EventId, ErrorCode } = {}] = Entries;
    return EventId ? { kind: 'sent' } : { kind: 'later', error: ErrorCode ?? 'PutEvents', busy: true };
  };
