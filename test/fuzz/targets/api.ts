import { expect } from 'vitest';
import type * as z from 'zod';
import type { HttpEvent } from '../../../functions/http/http.ts';
import { bodyOf, ifNoneMatch, json, preferredWait, route } from '../../../functions/http/http.ts';
import { AnchorsQuery, DoctorQuery, EventsQuery, ListQuery, parse } from '../../../functions/http/parse.ts';
import type { ROUTE_SCOPES } from '../../../functions/registry.ts';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import { SubjectsBody } from '../../../modules/engines/find-subjects.ts';
import { DeviceBody } from '../../../modules/lifecycle/device-removal.ts';
import { PreviewBody } from '../../../modules/lifecycle/preview-request.ts';
import { SCOPES } from '../../../modules/requests/caller.ts';
import { DeadlineChange, DenyBody, HandoverBody } from '../../../modules/requests/deadline-facts.ts';
import { ApproveBody, GivenLoginBody, LoginOnlyBody, StartRequestBody } from '../../../modules/requests/start-body.ts';
import { callerRules } from '../../support/fakes.ts';
import { CANARY, type Target, tried } from '../target.ts';

const BODIES: Readonly<Partial<Record<keyof typeof ROUTE_SCOPES, z.ZodType>>> = {
  'POST /v1/requests': StartRequestBody,
  'POST /v1/preview': PreviewBody,
  'POST /v1/subjects': SubjectsBody,
  'POST /v1/names': LoginOnlyBody,
  'POST /v1/devices/where': DeviceBody,
  'POST /v1/requests/{requestId}/rerun': GivenLoginBody,
  'POST /v1/requests/{requestId}/approve': ApproveBody,
  'POST /v1/requests/{requestId}/deny': DenyBody,
  'POST /v1/requests/{requestId}/deadline': DeadlineChange,
  'POST /v1/requests/{requestId}/handover': HandoverBody,
};

const login = { username: CANARY, password: CANARY };
const subject = { kind: 'user', name: CANARY };
const planHash = `${'A'.repeat(22)}.${'B'.repeat(43)}`;
const both = { login, reference: 'HR-7', recipients: ['dpo-1'], note: 'a note', receivedAt: '2026-11-23' };

/** Maximum characters of a refusal: twice what is said of each place, and no more of the body than its cap. */
const MAX_ANSWER = 20_000;

const bodies: Target = {
  name: 'bodies',
  samples: [
    { kind: 'retrieve', subject, sources: ['engine', 'portal'], coUsers: 'mask', ...both },
    { kind: 'anonymize', irreversible: true, subject: { ...subject, accounts: [CANARY], commonWord: true }, planHash },
    { kind: 'rehearse', subject, mentions: { 'portal.notes.text': 'keep' }, ...both },
    { kind: 'remove', subject: { kind: 'device', name: CANARY }, login: 'service-account' },
    { kind: 'anonymize', subject, login },
    { subject, login },
    { name: CANARY, login },
    { login },
    { reasonCode: 'not-entitled' },
    { action: 'pause', reason: 'identity' },
    { to: 'person', at: '2026-11-23T08:00:00+01:00' },
    {},
  ].map((body) => JSON.stringify(body)),
  words: ['"kind"', '"login"', '"subject"', '"mentions"', `"${CANARY}"`, '"service-account"', '"2026-11-23"'],
  runs: 80,
  async run(input) {
    let accepted = 0;
    for (const [routeKey, schema] of Object.entries(BODIES)) {
      const logged: unknown[] = [];
      const note = (...given: unknown[]) => void logged.push(given);
      const handler = route({ log: { info: note, warn: note }, callers: callerRules }, async (event) => {
        const body: unknown = bodyOf(event, schema!);
        expect(schema!.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
        return json(200, {});
      });
      const event = {
        routeKey,
        headers: { 'content-type': 'application/json' },
        body: input.toString('base64'),
        isBase64Encoded: true,
        requestContext: { authorizer: { jwt: { claims: { sub: 'me', scope: SCOPES.join(' ') } } } },
      } as unknown as HttpEvent;
      const { statusCode = 0, body = '' } = await handler(event, {} as never);
      expect([200, 400, 413]).toContain(statusCode);
      expect(body.length).toBeLessThanOrEqual(MAX_ANSWER);
      expect(body.toLowerCase()).not.toContain(CANARY);
      expect(JSON.stringify(logged)).not.toContain(CANARY);
      accepted += statusCode === 200 ? 1 : 0;
    }
    return accepted > 0;
  },
};

const QUERIES = [ListQuery, EventsQuery, AnchorsQuery, DoctorQuery];
const cursor = Buffer.from(`2026-11-23T09:00:00.000Z#${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`);

const queries: Target = {
  name: 'queries',
  samples: [
    `limit=20&state=RUNNING&cursor=${cursor.toString('base64url')}`,
    'after=7',
    'after=2026-11-23T09:00:00.000Z',
    'testTicket=desk:GDPR-7',
    'reference=HR-7&limit=1',
  ],
  words: ['limit=', '&', '%', 'cursor=', 'wait=20', '"x"', 'W/"', ','],
  runs: 100,
  async run(input) {
    const text = input.toString();
    const given = Object.fromEntries(new URLSearchParams(text));
    let accepted = 0;
    for (const schema of QUERIES)
      if (await tried(() => parse<unknown>(schema, given), InvalidInputError)) accepted += 1;
    const headers = { prefer: text, 'if-none-match': text };
    const wait = preferredWait({ headers });
    if (wait !== undefined) expect(wait >= 0 && wait <= 20).toBe(true);
    const isKnown = ifNoneMatch({ headers });
    expect(isKnown?.('"an-etag-that-nobody-names"') ?? false).toBe(text.trim() === '*');
    return accepted > 0;
  },
};

export const API_TARGETS: readonly Target[] = [bodies, queries];
