import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import { EngineAuthError, LoginInsufficientError, LoginRefusedError } from '../../../modules/engines/errors.ts';
import { type PreviewBody, previewRequest } from '../../../modules/lifecycle/preview-request.ts';
import { type PortalFindings, planDigest } from '../../../modules/portal/agreed-preview.ts';
import { anEngine, aPolicy, memoryLeases, scriptedEngine, silentLog } from '../../support/fakes.ts';

const login = { username: 'operator', password: 'open sesame' };
const nonce = Buffer.alloc(16, 7).toString('base64url');
const mapping = { tables: [], harmless: [], accounts: [], derived: [], ledger: 'g.l', files: [] };
const findings: PortalFindings = {
  tables: [{ table: 'p.users', rows: 2, exact: 2, tokens: 0, suspected: 1 }],
  spellings: ['jdoe'],
  nearNames: ['jdoe2'],
  unmapped: [],
  accounts: [],
  outOfReach: [],
  identifiers: [{ text: 'jdoe', strong: true }],
  mentions: [],
  lookalikes: [],
};

async function preview(
  facts: Partial<PreviewBody> = {},
  now = '2026-11-23T12:00:00Z',
  answer: () => string | Error = () => 'id\n',
) {
  const opened: string[] = [];
  const ports = {
    engineApi: scriptedEngine(answer),
    leases: memoryLeases(),
    pause: async () => {},
    federation: undefined,
    portalApi: {
      checksLogin: true,
      listEngines: async ({ password }: typeof login) => {
        if (password !== login.password) throw new LoginRefusedError();
        return [anEngine('engine-1')];
      },
    },
    clock: { now: () => new Date(now) },
    log: silentLog,
    newNonce: () => nonce,
    openPreview: async () => {
      opened.push('portal');
      return { portalPreview: { findSubject: async () => findings, listPeople: async () => [] }, mapping };
    },
  };
  const policy = aPolicy({ nightlyJobs: { zone: 'UTC', jobs: [{ from: '22:15', to: '23:15' }] } });
  const body: PreviewBody = { kind: 'anonymize', subject: { kind: 'user', name: 'jdoe' }, login, ...facts };
  return { view: await previewRequest(body, policy, ports).catch((error: Error) => error), opened };
}

describe('previewRequest', () => {
  it('tells what will change and the hash that stands for it (R14)', async () => {
    const { view } = await preview();

    const digest = planDigest(nonce, { kind: 'user', name: 'jdoe' }, mapping, findings);
    expect(view).toEqual({
      kind: 'anonymize',
      subjectKind: 'user',
      rows: 2,
      planHash: `${nonce}.${digest}`,
      ...findings,
    });
  });

  it('reads nothing about a person before the login is checked (R14)', async () => {
    const { view, opened } = await preview({ login: { ...login, password: 'wrong' } });

    expect(view).toBeInstanceOf(LoginRefusedError);
    expect(opened).toEqual([]);
  });

  it('shows nothing to an account that may not see all data (R4, R14, C42)', async () => {
    const { view, opened } = await preview({}, undefined, () => new EngineAuthError('engine-1'));

    expect(view).toBeInstanceOf(LoginInsufficientError);
    expect(opened).toEqual([]);
  });

  it('takes any name that can be one, and refuses others (R23)', async () => {
    for (const name of ['a.b', '*', 'o\'neil "x"', '50%']) {
      expect((await preview({ subject: { kind: 'user', name } })).view).toMatchObject({ rows: 2 });
    }
    expect((await preview({ subject: { kind: 'user', name: ' ' } })).view).toBeInstanceOf(InvalidInputError);
  });

  it('takes a name with its domain, and chosen accounts, and refuses an account that cannot be one (R1, R15, R23)', async () => {
    const chosen = { kind: 'user', name: 'jdoe', accounts: ['jdoe@CORP', ' '] } as const;

    for (const name of ['CORP\\jdoe', 'jdoe@corp.example'])
      expect((await preview({ subject: { kind: 'user', name } })).view).toMatchObject({ rows: 2 });
    const { view, opened } = await preview({ subject: chosen });

    expect(view).toMatchObject({ problems: [{ pointer: '/subject/accounts/1' }] });
    expect(opened).toEqual([]);
  });

  it('tells when an anonymization can start, and promises nothing for a retrieval', async () => {
    expect((await preview({}, '2026-11-23T22:30:00Z')).view).toMatchObject({ notBefore: '2026-11-23T23:15:00.000Z' });
    expect(Object.keys((await preview({ kind: 'retrieve' }, '2026-11-23T22:30:00Z')).view)).not.toContain('planHash');
  });
});
