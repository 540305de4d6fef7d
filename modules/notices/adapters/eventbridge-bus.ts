import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Outlet } from '../message.ts';

/** Tells an event bus which Request it is about, its state and times, and nothing else. A try may put an event twice: `id` tells. */
export const eventBridgeBus = (client: EventBridgeClient, bus: string): Outlet => ({
  async deliver({ noticeId, event, at, about }, _again, signal) {
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
  },
});
