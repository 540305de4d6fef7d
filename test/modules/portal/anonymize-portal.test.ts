import { describe, expect, it, vi } from 'vitest';
import { type PortalFindings, planDigest } from '../../../modules/portal/agreed-preview.ts';
import { anonymizePortal } from '../../../modules/portal/anonymize-portal.ts';
import { PlanChangedError, RehearsalTimeoutError, ResidueFoundError } from '../../../modules/portal/errors.ts';
import { maintainPortal } from '../../../modules/portal/maintain-portal.ts';
import type { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';
import { personByName } from '../../../modules/portal/names/person.ts';
import type { PortalAnonymizer, PortalMaintainer, Rehearse } from '../../../modules/portal/ports.ts';
import { verifyPortal } from '../../../modules/portal/verify-portal.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import { RequestCancelledError } from '../../../modules/requests/errors.ts';
import type { RequestKind } from '../../../modules/requests/subject.ts';
import { anOutcome, aRehearsal, aRequest, aVerification, memoryRequests, memoryVault } from '../../support/fakes.ts';

const { requestId } = aRequest();
const mapping: PortalMapping = { tables: [], harmless: [], accounts: [], derived: [], ledger: 'g.l', files: [] };
const event = { requestId, attempt: 1 };

async function anAnonymization({ cancelRequested = false, plan = '', kind = 'anonymize' as RequestKind } = {}) {
  const vault = memoryVault();
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  const requests = memoryRequests(
    aRequest({ kind, state: 'RUNNING', cancelRequested, ...(plan && { planDigest: plan }) }),
  );
  await vault.seal(requestId, 'nonce', 'bm9uY2U=', new Date());
  const clock = { now: () => new Date('2026-11-23T08:30:00.000Z') };
  const random = (size: number) => new Uint8Array(size);
  return { vault, requests, clock, mapping, random, rehearse: async () => aRehearsal() };
}

/** Commits at once, unless the signal has aborted. */
const changing = (rows: Record<string, number>, calls: unknown[] = []): PortalAnonymizer => ({
  async anonymize(...[id, subject, token, { mayCommit }, signal]) {
    signal?.throwIfAborted();
    calls.push([id, subject, token]);
    await mayCommit(personByName({ kind: 'user', name: 'jdoe' }));
    return anOutcome(rows);
  },
});

describe('anonymizePortal', () => {
  it('hands a fresh token to the database and keeps nothing but counts (R15)', async () => {
    const ports = await anAnonymization();
    const calls: unknown[] = [];

    await anonymizePortal(event, {
      ...ports,
      portalAnonymizer: changing({ 'portal.users': 1, 'portal.notes': 4 }, calls),
    });

    expect(calls).toEqual([[requestId, { kind: 'user', name: 'jdoe' }, `anon-${'a'.repeat(26)}`]]);
    const record = await ports.requests.get(requestId);
    expect(record.receipt).toEqual(anOutcome({ 'portal.users': 1, 'portal.notes': 4 }));
    expect(JSON.stringify(record)).not.toMatch(/jdoe|anon-/);
    expect(await ports.requests.listProgress(requestId)).toMatchObject([
      { sourceId: 'portal', state: 'DONE', rows: 5 },
    ]);
  });

  it('says so when the Portal does not know the name (R12)', async () => {
    const ports = await anAnonymization();

    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 0 }) });

    expect(await ports.requests.listProgress(requestId)).toMatchObject([{ state: 'EMPTY', rows: 0 }]);
  });

  it('changes nothing for a Request that is cancelled (R16)', async () => {
    const ports = await anAnonymization({ cancelRequested: true });
    const calls: unknown[] = [];

    await expect(anonymizePortal(event, { ...ports, portalAnonymizer: changing({}, calls) })).rejects.toThrow(
      RequestCancelledError,
    );

    expect(calls).toEqual([]);
    expect((await ports.requests.get(requestId)).receipt).toBeUndefined();
  });

  it('aborts the transaction when the cancellation comes while it runs (R16)', async () => {
    const ports = await anAnonymization();
    const portalAnonymizer: PortalAnonymizer = {
      anonymize: async (_id, _subject, _token, _gates, signal) => {
        await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
        return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    };

    await expect(anonymizePortal(event, { ...ports, portalAnonymizer })).rejects.toThrow(RequestCancelledError);
  });

  it('lets no run commit that was cancelled before (R16)', async () => {
    const ports = await anAnonymization();
    const portalAnonymizer: PortalAnonymizer = {
      anonymize: async (_id, _subject, _token, { mayCommit }) => {
        await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
        await mayCommit(personByName({ kind: 'user', name: 'jdoe' }));
        return anOutcome({ 'portal.users': 1 });
      },
    };

    await expect(anonymizePortal(event, { ...ports, portalAnonymizer })).rejects.toThrow(RequestCancelledError);

    expect((await ports.requests.get(requestId)).commitStartedAt).toBeUndefined();
  });

  it('starts only when the snapshot that is about to change holds what the preview showed (R14)', async () => {
    const nonce = Buffer.alloc(16, 7).toString('base64url');
    const findings: PortalFindings = {
      tables: [],
      spellings: ['jdoe'],
      nearNames: [],
      unmapped: [],
      accounts: [],
      outOfReach: [],
      identifiers: [{ text: 'jdoe', strong: true }],
      mentions: [],
      lookalikes: [],
    };
    const plan = planDigest(nonce, { kind: 'user', name: 'jdoe' }, mapping, findings);
    const run = async (present: PortalFindings) => {
      const ports = await anAnonymization({ plan });
      await ports.vault.seal(requestId, 'plan', nonce, new Date());
      const anonymize: PortalAnonymizer['anonymize'] = async (_id, _subject, _token, { mayStart, mayCommit }) => {
        mayStart!(present);
        await mayCommit(personByName({ kind: 'user', name: 'jdoe' }));
        return anOutcome({ 'portal.users': 1 });
      };
      await anonymizePortal(event, { ...ports, portalAnonymizer: { anonymize } });
      return ports.requests.get(requestId);
    };

    expect((await run(findings)).receipt?.rowsByTable).toEqual({ 'portal.users': 1 });
    await expect(run({ ...findings, spellings: ['jdoe', 'JDOE'] })).rejects.toThrow(PlanChangedError);
  });

  it('notes which tables a refusal is about (R15)', async () => {
    const ports = await anAnonymization();
    const portalAnonymizer: PortalAnonymizer = {
      anonymize: async () => {
        throw new ResidueFoundError(2, ['portal.audit.old_value']);
      },
    };

    await expect(anonymizePortal(event, { ...ports, portalAnonymizer })).rejects.toThrow(ResidueFoundError);

    expect((await ports.requests.get(requestId)).places).toEqual(['portal.audit.old_value']);
  });

  it('keeps the receipt of a commit that a cancellation did not reach (R16)', async () => {
    const ports = await anAnonymization();
    const portalAnonymizer: PortalAnonymizer = {
      anonymize: async (_id, _subject, _token, { mayCommit }) => {
        await mayCommit(personByName({ kind: 'user', name: 'jdoe' }));
        await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
        return anOutcome({ 'portal.users': 1 });
      },
    };

    await anonymizePortal(event, { ...ports, portalAnonymizer });

    expect((await ports.requests.get(requestId)).receipt?.rowsByTable).toEqual({ 'portal.users': 1 });
  });
});

describe('anonymizePortal of a rehearsal', () => {
  const never: PortalAnonymizer = {
    anonymize: async () => {
      throw new Error('a rehearsal must not anonymize');
    },
  };
  /** Runs until it is aborted, as a statement does. */
  const endless: Rehearse = (_what, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

  it('stores what was found out, and neither commits nor gives a receipt (R15, R16)', async () => {
    const ports = { ...(await anAnonymization({ kind: 'rehearse' })), portalAnonymizer: never };
    const found = aRehearsal({
      rowsByTable: { 'portal.users': 1, 'portal.notes': 4 },
      refusals: ['portal.notes: GRANT'],
    });
    const asked: unknown[] = [];

    await anonymizePortal(event, {
      ...ports,
      rehearse: async ({ subject, token, most, mayStart }) => {
        asked.push([subject, token, most, mayStart]);
        return found;
      },
    });

    expect(asked).toEqual([[{ kind: 'user', name: 'jdoe' }, `anon-${'a'.repeat(26)}`, 100_000, undefined]]);
    const record = await ports.requests.get(requestId);
    expect(record).toMatchObject({ state: 'RUNNING', rehearsal: found });
    expect([record.receipt, record.commitStartedAt]).toEqual([undefined, undefined]);
    expect(await ports.requests.listProgress(requestId)).toMatchObject([{ state: 'DONE', rows: 5 }]);
  });

  it('ends when it is cancelled (R16)', async () => {
    vi.useFakeTimers();
    try {
      const ports = { ...(await anAnonymization({ kind: 'rehearse' })), portalAnonymizer: never, rehearse: endless };
      const run = expect(anonymizePortal(event, ports)).rejects.toThrow(RequestCancelledError);
      await vi.advanceTimersByTimeAsync(10);
      await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
      await vi.advanceTimersByTimeAsync(3000);
      await run;
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends before its worker is killed, and says that a run would not be finished either (R15)', async () => {
    vi.useFakeTimers();
    try {
      const ports = { ...(await anAnonymization({ kind: 'rehearse' })), portalAnonymizer: never, rehearse: endless };
      const run = expect(anonymizePortal(event, ports)).rejects.toThrow(RehearsalTimeoutError);
      await vi.advanceTimersByTimeAsync(14 * 60_000 + 10);
      await run;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('maintainPortal', () => {
  it('cleans the tables that changed, and notes what it could not (R15)', async () => {
    const ports = await anAnonymization();
    const asked: unknown[] = [];
    const portalMaintainer: PortalMaintainer = {
      maintain: async (tables) => {
        asked.push(tables);
        return ['portal.users: old row versions'];
      },
    };
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1, 'portal.notes': 0 }) });

    await maintainPortal(event, { ...ports, portalMaintainer });

    expect(asked).toEqual([['portal.users']]);
    expect((await ports.requests.get(requestId)).receipt?.unmaintained).toEqual(['portal.users: old row versions']);
  });

  it('says so where there is no role for it (R17)', async () => {
    const ports = await anAnonymization();
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1 }) });

    await maintainPortal(event, { ...ports, portalMaintainer: undefined });

    expect((await ports.requests.get(requestId)).receipt?.unmaintained).toHaveLength(1);
  });
});

describe('verifyPortal', () => {
  it('puts its own count and a commitment to the subject into the receipt (R15, R27)', async () => {
    const ports = await anAnonymization();
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1 }) });

    const searched: unknown[] = [];
    const verify = async (subject: unknown) => {
      searched.push(subject);
      return aVerification();
    };
    await verifyPortal(event, { ...ports, portalVerifier: { verify } });

    const replaced = { kind: 'user', name: 'jdoe', person: personByName({ kind: 'user', name: 'jdoe' }) };
    expect(searched).toEqual([replaced]);
    const { receipt } = await ports.requests.get(requestId);
    const commitment = commitmentTo({ kind: 'user', name: 'jdoe' }, 'bm9uY2U=');
    expect(receipt).toMatchObject({ ...anOutcome({ 'portal.users': 1 }), residue: 0, commitment });
    expect(commitment).not.toBe(commitmentTo({ kind: 'user', name: 'jdoe' }, 'b3RoZXI='));
    expect(JSON.stringify(receipt)).not.toContain('jdoe');
  });

  it('fails when the name is found, and the receipt says how often (R15)', async () => {
    const ports = await anAnonymization();
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1 }) });
    const verify = async () => aVerification({ residue: 3, places: ['portal.notes.text'] });

    await expect(verifyPortal(event, { ...ports, portalVerifier: { verify } })).rejects.toThrow(ResidueFoundError);

    const { receipt, places } = await ports.requests.get(requestId);
    expect([receipt?.residue, places]).toEqual([3, ['portal.notes.text']]);
  });
});
