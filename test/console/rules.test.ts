import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import type { RequestState, SourceState } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import {
  ACTIONS,
  type ActionName,
  actionsOn,
  hasEnded,
  isDone,
  isWaiting,
  missingSources,
  type Onlooker,
  SOURCE_STATES,
  STATES,
} from '../../console/request-page/states.ts';
import { ROUTE_SCOPES } from '../../functions/registry.ts';
import { ENGINE_ERRORS } from '../../modules/engines/errors.ts';
import { PORTAL_ERRORS } from '../../modules/portal/errors.ts';
import { DenialReason } from '../../modules/requests/deadline-facts.ts';
import { hasArchive, isFinal, LIFECYCLE, isWaiting as waitsByTheTable } from '../../modules/requests/state-machine.ts';
import { aSource, aView, FINISHED } from '../cli/scripted-api.ts';

const NOW = Date.parse('2026-11-03T10:00:00Z');
const EVERYTHING: Onlooker = { may: () => true, isOwn: true, isRequester: false };
const actions = (patch: Partial<RequestView>, onlooker: Partial<Onlooker> = {}): ActionName[] =>
  actionsOn(aView(patch), { ...EVERYTHING, ...onlooker }, NOW);
const withScopes = (...scopes: string[]): Partial<Onlooker> => ({
  may: (anyOf) => anyOf.some((scope) => scopes.includes(scope)),
});
const partial = { state: 'COMPLETED_WITH_ERRORS', archive: FINISHED } as const;

const TEXTS = resolve('console/texts');
const textsOf = (file: string) => JSON.parse(readFileSync(join(TEXTS, file), 'utf8')) as Record<string, string>;
const english = textsOf('en.json');

describe('the states of a request', () => {
  it('are those of the table of states', () => {
    const states = Object.keys(LIFECYCLE) as RequestState[];

    expect(Object.keys(STATES)).toEqual(states);
    expect(states.filter(hasEnded)).toEqual(states.filter(isFinal));
    expect(states.filter(isWaiting)).toEqual(states.filter(waitsByTheTable));
    expect(states.filter(isDone)).toEqual(states.filter(hasArchive));
    const denials = Object.keys(english).filter((key) => key.startsWith('denial.'));
    expect(denials).toEqual(DenialReason.options.map((code) => `denial.${code}`));
  });

  it('name a source that left gaps as missing too (R12)', () => {
    const progress = [{ ...aSource('engine-1', 'DONE', 5), gaps: 3 }, aSource('engine-2', 'DONE', 5)];

    expect(missingSources(progress).map(({ name }) => name)).toEqual(['engine-1']);
  });
});

describe('actionsOn', () => {
  it.each<[RequestState, readonly ActionName[]]>([
    ['AWAITING_APPROVAL', ['approve', 'deny', 'pause', 'extend', 'cancel']],
    ['AWAITING_LOGIN', ['login', 'deny', 'pause', 'extend', 'cancel']],
    ['RUNNING', ['pause', 'extend', 'cancel']],
    ['VERIFYING', ['pause', 'extend']],
    ['CANCELLING', ['pause', 'extend']],
    ['COMPLETED', []],
    ['FAILED', []],
  ])('gives in %s what that state allows: %s', (state, expected) => {
    expect(actions({ state })).toEqual(expected);
  });

  it('asks for the scopes that the routes ask for', () => {
    const route = {
      download: 'POST /v1/requests/{requestId}/links',
      login: 'POST /v1/requests/{requestId}/login',
      approve: 'POST /v1/requests/{requestId}/approve',
      handover: 'POST /v1/requests/{requestId}/handover',
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
    expect(actions(partial, { isOwn: false, ...withScopes('gdpr.operate') })).toEqual(['destroy']);
    expect(actions({ ...partial, destroyedAt: '2026-11-03T09:00:00Z' })).toEqual([]);
    expect(actions({ ...partial, archive: { ...FINISHED, expiresAt: '2026-11-03T09:00:00Z' } })).toEqual([]);
  });

  it('lets nobody approve what they have asked for (decision 24)', () => {
    expect(actions({ state: 'AWAITING_APPROVAL' }, { isRequester: true })).not.toContain('approve');
  });

  it('lets a deadline be paused once at a time, and be extended once', () => {
    const pauses = [{ from: '2026-11-02T11:00:00Z', reason: 'scope' as const }];
    const paused = { receivedAt: '2026-11-02T10:00:00Z', pauses };
    const extension = { months: 2 as const, reason: 'complexity' as const, at: '2026-11-02T11:00:00Z' };

    expect(actions({ state: 'RUNNING', deadline: paused })).toEqual(['resume', 'extend', 'cancel']);
    expect(actions({ state: 'RUNNING', deadline: { ...paused, extension } })).toEqual(['resume', 'cancel']);
    expect(actions({ state: 'RUNNING', dueAt: '2026-11-02T23:59:59Z' })).toEqual(['cancel']);
  });
});

describe('the texts', () => {
  const files = readdirSync(TEXTS);

  it('are complete in every language, with the same places for values', () => {
    expect(files).toEqual(['de.json', 'en.json']);
    for (const file of files) {
      const texts = textsOf(file);
      expect(Object.keys(texts)).toEqual(Object.keys(english));
      for (const [key, message] of Object.entries(texts)) {
        expect([key, ...placesIn(message)]).toEqual([key, ...placesIn(english[key]!)]);
      }
    }
  });

  it('have words for every code that the API may use (R23)', () => {
    const api = readFileSync(resolve('docs/openapi.json'), 'utf8');
    const problems = [...new Set([...api.matchAll(/"\/problems\/([\w-]+)"/g)].map((match) => match[1]!))];
    const { events, findings } = codesOf(JSON.parse(api) as ApiDocument);
    const keys = [
      ...problems.map((code) => `problem.${code}`),
      ...events.map((code) => `event.${code}`),
      ...findings.map((code) => `finding.${code}`),
      ...Object.keys(STATES).map((code) => `state.${code}`),
      ...(Object.keys(SOURCE_STATES) as SourceState[]).flatMap((code) => [`source.${code}`, `source.short.${code}`]),
    ];

    expect(problems.length + events.length + findings.length).toBeGreaterThan(60);
    expect(keys.filter((key) => !(key in english))).toEqual([]);
  });

  it('have words for every error that leaves a source out (R12)', () => {
    const errors = Object.entries({ ...ENGINE_ERRORS, ...PORTAL_ERRORS });
    const reasons = errors.filter(([, facts]) => 'sourceState' in facts).map(([name]) => `reason.${name}`);

    expect(reasons).toContain('reason.EngineUnavailableError');
    expect(reasons.filter((key) => !(key in english))).toEqual([]);
  });
});

/** What a message has places for; throws when it cannot be read. */
function placesIn(message: string): readonly string[] {
  const names = new Set<string>();
  const walk = (elements: readonly MessageElement[]) => {
    for (const { type, value, options = {} } of elements) {
      if (type !== LITERAL && type !== POUND) names.add(value);
      for (const option of Object.values(options)) walk(option.value);
    }
  };
  walk(new IntlMessageFormat(message).getAst() as unknown as readonly MessageElement[]);
  return [...names].sort();
}

/** Of ICU's message syntax, as `intl-messageformat` reads it. */
interface MessageElement {
  readonly type: number;
  readonly value: string;
  readonly options?: Readonly<Record<string, { readonly value: readonly MessageElement[] }>>;
}
const LITERAL = 0;
const POUND = 7;

interface ApiDocument {
  readonly components: {
    readonly schemas: {
      readonly AuditEntry: { readonly properties: { readonly what: { readonly enum: readonly string[] } } };
      readonly EnginesView: unknown;
    };
  };
}

function codesOf({ components: { schemas } }: ApiDocument) {
  const view = JSON.stringify(schemas.EnginesView);
  const findings = /"code":\{[^}]*"enum":(\[[^\]]+\])/.exec(view)?.[1] ?? '[]';
  return { events: schemas.AuditEntry.properties.what.enum, findings: JSON.parse(findings) as string[] };
}
