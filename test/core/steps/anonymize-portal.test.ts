import { describe, expect, it } from 'vitest';
import { RequestCancelledError, ResidueFoundError } from '../../../core/errors.ts';
import type { PortalAnonymizer } from '../../../core/ports.ts';
import { anonymizePortal } from '../../../core/steps/anonymize-portal.ts';
import { verifyPortal } from '../../../core/steps/verify-portal.ts';
import { aRequest, memoryRequests, memoryVault } from '../../support/fakes.ts';

const { requestId } = aRequest();
const event = { requestId, attempt: 1 };

async function anAnonymization({ cancelRequested = false } = {}) {
  const vault = memoryVault();
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  const requests = memoryRequests(aRequest({ kind: 'anonymize', state: 'RUNNING', cancelRequested }));
  return { vault, requests, random: (size: number) => new Uint8Array(size) };
}

/** Commits at once, unless the signal has aborted. */
const changing = (rows: Record<string, number>, calls: unknown[] = []): PortalAnonymizer => ({
  async anonymize(...[id, subject, token, signal]) {
    signal?.throwIfAborted();
    calls.push([id, subject, token]);
    return rows;
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
    expect(record.receipt).toEqual({ rowsByTable: { 'portal.users': 1, 'portal.notes': 4 }, residue: 0 });
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
      anonymize: async (_id, _subject, _token, signal) => {
        await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
        return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    };

    await expect(anonymizePortal(event, { ...ports, portalAnonymizer })).rejects.toThrow(RequestCancelledError);
  });

  it('keeps the receipt of a commit that a cancellation did not reach (R16)', async () => {
    const ports = await anAnonymization();
    const portalAnonymizer: PortalAnonymizer = {
      anonymize: async () => {
        await ports.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
        return { 'portal.users': 1 };
      },
    };

    await anonymizePortal(event, { ...ports, portalAnonymizer });

    expect((await ports.requests.get(requestId)).receipt?.rowsByTable).toEqual({ 'portal.users': 1 });
  });
});

describe('verifyPortal', () => {
  it('puts its own count into the receipt (R15)', async () => {
    const ports = await anAnonymization();
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1 }) });

    await verifyPortal(event, { ...ports, portalVerifier: { countResidue: async () => 0 } });

    expect((await ports.requests.get(requestId)).receipt).toEqual({ rowsByTable: { 'portal.users': 1 }, residue: 0 });
  });

  it('fails when the name is found, and the receipt says how often (R15)', async () => {
    const ports = await anAnonymization();
    await anonymizePortal(event, { ...ports, portalAnonymizer: changing({ 'portal.users': 1 }) });

    await expect(verifyPortal(event, { ...ports, portalVerifier: { countResidue: async () => 3 } })).rejects.toThrow(
      ResidueFoundError,
    );

    expect((await ports.requests.get(requestId)).receipt).toEqual({ rowsByTable: { 'portal.users': 1 }, residue: 3 });
  });
});
