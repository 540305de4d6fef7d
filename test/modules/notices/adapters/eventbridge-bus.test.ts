import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startJsonEndpoint } from '../../../../local/aws/json-endpoint.ts';
import type { LoopbackServer } from '../../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../../local/aws/names.ts';
import { eventBridgeBus } from '../../../../modules/notices/adapters/eventbridge-bus.ts';
import type { Notice } from '../../../../modules/notices/notice.ts';

const requestId = '00000000-0000-4000-8000-000000000001';
const notice: Notice = {
  noticeId: `${requestId}:done-3`,
  event: 'done',
  at: '2026-11-23T09:00:00.000Z',
  about: { requestId, kind: 'retrieve', state: 'COMPLETED', attempt: 1, dueAt: '2026-12-23T23:59:59.000Z' },
};

let server: LoopbackServer;
let client: EventBridgeClient;
let put: unknown[] = [];
let answer: object;
beforeAll(async () => {
  server = await startJsonEndpoint({
    'AWSEvents.PutEvents': (input) => {
      put.push(input);
      return answer;
    },
  });
  client = new EventBridgeClient({ endpoint: server.url, region: REGION, credentials: FAKE_CREDENTIALS });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const deliver = () => eventBridgeBus(client, 'privacy')(notice, false, new AbortController().signal);

describe('eventBridgeBus (R20, R24)', () => {
  it('puts one event with id, state and times, and nothing else', async () => {
    [put, answer] = [[], { FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] }];

    expect(await deliver()).toEqual({ kind: 'sent' });
    const [{ Entries }] = put as [{ Entries: { Detail: string }[] }];
    expect(Entries).toEqual([
      {
        EventBusName: 'privacy',
        Source: 'nexthink-gdpr',
        DetailType: 'gdpr.request.done',
        Time: Date.parse(notice.at) / 1000,
        Detail: expect.any(String),
      },
    ]);
    expect(JSON.parse(Entries[0]!.Detail)).toEqual({
      id: `${requestId}:done-3`,
      requestId,
      state: 'COMPLETED',
      attempt: 1,
      at: '2026-11-23T09:00:00.000Z',
      dueAt: '2026-12-23T23:59:59.000Z',
    });
  });

  it('tells an event that the bus did not take, though the call was answered', async () => {
    answer = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }] };
    expect(await deliver()).toEqual({ kind: 'later', error: 'ThrottlingException', busy: true });
  });
});
