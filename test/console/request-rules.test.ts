import { describe, expect, it } from 'vitest';
import type { RequestState } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import { callerOf, isAmong } from '../../console/api.ts';
import { daysLeftText } from '../../console/dom.ts';
import { ACTIONS, type ActionName, actionsOn, type Onlooker } from '../../console/request-page/request-actions.ts';
import {
  DENIALS,
  deadlineLines,
  hasEnded,
  isDone,
  isWaiting,
  STATES,
} from '../../console/request-page/request-facts.ts';
import { missingSources } from '../../console/work-dialog/progress-table.ts';
import { ROUTE_SCOPES } from '../../functions/registry.ts';
import { DenialReason } from '../../modules/requests/deadline-facts.ts';
import { hasArchive, isFinal, LIFECYCLE, isWaiting as waitsByTheTable } from '../../modules/requests/state-machine.ts';
import { aSource, aView, FINISHED } from '../cli/scripted-api.ts';
import { aToken } from './open-console.ts';

const NOW = new Date('2026-11-03T10:00:00Z');
const EVERYTHING: Onlooker = { may: () => true, isOwn: true, isRequester: false };
const actions = (patch: Partial<RequestView>, onlooker: Partial<Onlooker> = {}): ActionName[] =>
  actionsOn(aView(patch), { ...EVERYTHING, ...onlooker }, NOW);
const withScopes = (...scopes: string[]): Partial<Onlooker> => ({ may: (anyOf) => isAmong({ scopes }, anyOf) });
const partial = { state: 'COMPLETED_WITH_ERRORS', archive: FINISHED } as const;

describe('what the page says of states', () => {
  it('agrees with the table of states', () => {
    const states = Object.keys(LIFECYCLE) as RequestState[];

    expect(Object.keys(STATES)).toEqual(states);
    expect(states.filter(hasEnded)).toEqual(states.filter(isFinal));
    expect(states.filter(isWaiting)).toEqual(states.filter(waitsByTheTable));
    expect(states.filter(isDone)).toEqual(states.filter(hasArchive));
    expect(Object.keys(DENIALS)).toEqual(DenialReason.options);
  });
});

describe('actionsOn', () => {
  it.each<[RequestState, readonly ActionName[]]>([
    ['AWAITING_APPROVAL', ['approve', 'deny', 'pause', 'extend', 'cancel']],
    ['AWAITING_LOGIN', ['login', 'deny', 'pause', 'extend', 'cancel']],
    ['QUEUED', ['pause', 'extend', 'cancel']],
    ['RUNNING', ['pause', 'extend', 'cancel']],
    ['MERGING', ['pause', 'extend', 'cancel']],
    ['CANCELLING', ['pause', 'extend']],
    ['COMPLETED', []],
    ['COMPLETED_WITH_ERRORS', []],
    ['FAILED', []],
    ['CANCELLED', []],
    ['DENIED', []],
    ['EXPIRED', []],
  ])('gives in %s what that state allows: %s', (state, expected) => {
    expect(actions({ state })).toEqual(expected);
  });

  it('asks for the scopes that the routes ask for', () => {
    const route = {
      download: 'POST /v1/requests/{requestId}/links',
      login: 'POST /v1/requests/{requestId}/login',
      approve: 'POST /v1/requests/{requestId}/approve',
      deny: 'POST /v1/requests/{requestId}/deny',
      rerun: 'POST /v1/requests/{requestId}/rerun',
      pause: 'POST /v1/requests/{requestId}/deadline',
      resume: 'POST /v1/requests/{requestId}/deadline',
      extend: 'POST /v1/requests/{requestId}/deadline',
      cancel: 'POST /v1/requests/{requestId}/cancel',
      destroy: 'DELETE /v1/requests/{requestId}/archive',
    } as const satisfies Record<ActionName, keyof typeof ROUTE_SCOPES>;

    for (const [name, { scopes }] of Object.entries(ACTIONS)) {
      expect([name, ...scopes]).toEqual([name, ...ROUTE_SCOPES[route[name as ActionName]]]);
    }
    expect(actions({ state: 'AWAITING_APPROVAL' }, withScopes('gdpr.read'))).toEqual([]);
    expect(actions({ state: 'AWAITING_APPROVAL' }, withScopes('gdpr.approve'))).toEqual(['approve', 'deny']);
    expect(actions({ state: 'AWAITING_LOGIN', kind: 'anonymize' }, withScopes('gdpr.retrieve'))).not.toContain('login');
  });

  it('gives the archive to whom it belongs, as long as it is there', () => {
    expect(actions(partial)).toEqual(['download', 'rerun', 'destroy']);
    expect(actions(partial, { isOwn: false })).toEqual(['rerun', 'destroy']);
    const recipient = { isRequester: false, ...withScopes('gdpr.read', 'gdpr.retrieve', 'gdpr.download') };
    expect(actions(partial, recipient)).toEqual(['download']);
    expect(actions(partial, { ...recipient, isRequester: true })).toEqual(['download', 'rerun', 'destroy']);
    expect(actions(partial, { isOwn: false, ...withScopes('gdpr.operate') })).toEqual(['destroy']);
    expect(actions({ ...partial, destroyedAt: '2026-11-03T09:00:00Z' })).toEqual([]);
    expect(actions({ ...partial, archive: { ...FINISHED, expiresAt: '2026-11-03T09:00:00Z' } })).toEqual([]);
  });

  it('lets nobody approve what they have asked for (decision 24)', () => {
    expect(actions({ state: 'AWAITING_APPROVAL' }, { isRequester: true })).not.toContain('approve');
  });

  it('lets a term rest once at a time, and be extended once', () => {
    const rested = {
      receivedAt: '2026-11-02T10:00:00Z',
      pauses: [{ from: '2026-11-02T11:00:00Z', reason: 'scope' as const }],
    };
    const extension = { months: 2 as const, reason: 'complexity' as const, at: '2026-11-02T11:00:00Z' };

    expect(actions({ state: 'RUNNING', deadline: rested })).toEqual(['resume', 'extend', 'cancel']);
    expect(actions({ state: 'RUNNING', deadline: { ...rested, extension } })).toEqual(['resume', 'cancel']);
    expect(actions({ state: 'RUNNING', dueAt: '2026-11-02T23:59:59Z' })).toEqual(['cancel']);
  });
});

describe('callerOf', () => {
  it('reads id and scopes of a token, and leaves the judgement to the API where it tells none', () => {
    expect(callerOf(aToken('zoë', 'openid gdpr.read gdpr.approve'))).toEqual({
      id: 'zoë',
      scopes: ['gdpr.read', 'gdpr.approve'],
    });
    expect(callerOf(aToken('x', 'openid'))).toEqual({ id: 'x' });
    expect(callerOf('opaque')).toEqual({});
    expect(isAmong({}, ['gdpr.operate'])).toBe(true);
    expect(isAmong({ scopes: ['gdpr.read'] }, ['gdpr.operate'])).toBe(false);
  });
});

describe('the legal term in words', () => {
  it.each([
    ['2026-11-03T23:59:59Z', 'due today'],
    ['2026-11-04T23:59:59Z', '1 day left'],
    ['2026-12-02T23:59:59Z', '29 days left'],
    ['2026-11-02T23:59:59Z', 'overdue by 1 day'],
    ['2026-11-01T00:00:00Z', 'overdue by 3 days'],
  ])('says of %s: %s', (dueAt, words) => {
    expect(daysLeftText(dueAt, NOW)).toBe(words);
  });

  it('tells of rest and extension, and no days left where the end is not known', () => {
    const deadline = {
      receivedAt: '2026-11-02T10:00:00Z',
      pauses: [
        { from: '2026-11-02T11:00:00Z', to: '2026-11-02T12:00:00Z', reason: 'scope' as const },
        { from: '2026-11-03T09:00:00Z', reason: 'identity' as const },
      ],
      extension: { months: 1 as const, reason: 'complexity' as const, at: '2026-11-02T13:00:00Z' },
    };
    const words = deadlineLines(aView({ state: 'RUNNING', deadline }), NOW).join(' ');

    expect(words).toContain('due by 2026-12-02 23:59 UTC, if the term goes on today.');
    expect(words).toContain('rests since 2026-11-03 09:00 UTC: the person was asked who they are.');
    expect(words).toContain('rested from 2026-11-02 11:00 UTC to 2026-11-02 12:00 UTC');
    expect(words).toContain('extended by 1 month at 2026-11-02 13:00 UTC: the request is complex.');
    expect(words).not.toContain('left');
    expect(deadlineLines(aView({ state: 'COMPLETED' }), NOW)[0]).toBe('The answer was due by 2026-12-02 23:59 UTC.');
  });
});

describe('missingSources', () => {
  it('names a source that left gaps too (R12)', () => {
    const progress = [{ ...aSource('engine-1', 'DONE', 5), gaps: 3 }, aSource('engine-2', 'DONE', 5)];

    expect(missingSources(progress)).toEqual(['engine-1 answered with gaps: 3 stretches of files could not be had']);
  });
});
