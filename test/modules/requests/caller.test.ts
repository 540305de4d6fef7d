import { describe, expect, it } from 'vitest';
import {
  callerFrom,
  refuseForeign,
  refuseUnseen,
  refuseWithout,
  SCOPES,
  type Scope,
} from '../../../modules/requests/caller.ts';
import { InsufficientScopeError, RequestNotFoundError } from '../../../modules/requests/errors.ts';
import { aRequest, callerRules } from '../../support/fakes.ts';

const person = (callerId: string, ...scopes: Scope[]) => ({ callerId, kind: 'person' as const, scopes });

describe('callerFrom', () => {
  it.each([
    ['a text', { scope: 'openid gdpr.read gdpr.download' }],
    ['scp, a list', { scp: ['gdpr.read', 'gdpr.download'] }],
    ['scp, as API Gateway writes a list', { scp: '[gdpr.read gdpr.download]' }],
  ])('reads scopes from %s and leaves what is not ours', (_what, claims) => {
    expect(callerFrom({ jwt: { claims: { sub: 'a', ...claims } } }, callerRules)).toEqual({
      callerId: 'a',
      kind: 'person',
      scopes: ['gdpr.read', 'gdpr.download'],
    });
  });

  it('reads the configured claim and no other', () => {
    const claims = { sub: 'a', roles: '[gdpr.read]', scope: 'gdpr.operate' };

    const { scopes } = callerFrom({ jwt: { claims } }, { ...callerRules, scopeClaim: 'roles' });

    expect(scopes).toEqual(['gdpr.read']);
  });

  it.each([[{}], [{ sub: '' }], [{ sub: 7 }], [{ sub: 'iam:AROA1' }]])('knows nobody by %j', (claims) => {
    expect(() => callerFrom({ jwt: { claims: { scope: 'gdpr.read', ...claims } } }, callerRules)).toThrow(
      InsufficientScopeError,
    );
  });

  it('knows a machine by the unique id of its role, and its scopes by the ARN', () => {
    const machines = { 'arn:aws:iam::123456789012:role/intranet': ['gdpr.read' as const] };
    const iam = { userArn: 'arn:aws:sts::123456789012:assumed-role/intranet/session-1', userId: 'AROA1:session-1' };

    expect(callerFrom({ iam }, { ...callerRules, machines })).toEqual({
      callerId: 'iam:AROA1',
      kind: 'machine',
      scopes: ['gdpr.read'],
    });
    expect(callerFrom({ iam }, callerRules).scopes).toEqual([]);
  });
});

describe('refuseWithout', () => {
  it('takes one scope of several, and refuses none of them', () => {
    refuseWithout(person('a', 'gdpr.operate'), ['gdpr.read', 'gdpr.operate']);
    expect(() => refuseWithout(person('a', 'gdpr.download'), ['gdpr.read', 'gdpr.operate'])).toThrow(
      'gdpr.read or gdpr.operate',
    );
  });
});

describe('a Request of another', () => {
  const record = aRequest({ callerId: 'owner', recipients: ['friend'] });

  it.each(['owner', 'friend'])('is seen and fetched by the %s', (callerId) => {
    refuseUnseen(person(callerId), record);
    refuseForeign(person(callerId), record);
  });

  it('is not there for a stranger with every scope that is not about all', () => {
    const scopes = SCOPES.filter((scope) => scope !== 'gdpr.operate' && scope !== 'gdpr.approve');
    expect(() => refuseUnseen(person('stranger', ...scopes), record)).toThrow(RequestNotFoundError);
  });

  it.each(['gdpr.operate', 'gdpr.approve'] as const)('is seen with %s, but its archive is not fetched', (scope) => {
    refuseUnseen(person('stranger', scope), record);
    expect(() => refuseForeign(person('stranger', ...SCOPES), record)).toThrow(RequestNotFoundError);
  });
});
