import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../../modules/requests/audit/entry.ts';
import { chainFaults, factOf, nextEntry } from '../../../../modules/requests/audit/trail.ts';
import type { RequestRecord } from '../../../../modules/requests/record.ts';
import { aFunction, aRequest } from '../../../support/fakes.ts';

const { requestId } = aRequest();

/** A chain that holds. */
function chain(length: number): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const at = `2026-11-23T09:00:0${seq}.000Z`;
    const told = { what: 'link-minted', requestId, at, by: aFunction, state: 'COMPLETED', attempt: 1 } as const;
    entries.push(nextEntry(entries.at(-1), told));
  }
  return entries;
}

describe('chainFaults', () => {
  it('finds nothing in a chain that holds', () => expect(chainFaults(requestId, chain(5))).toEqual([]));

  it.each<[string, (entries: AuditEntry[]) => unknown]>([
    ['changed', (entries) => Object.assign(entries[2]!, { by: { id: 'x', role: 'person' } })],
    ['taken out', (entries) => entries.splice(2, 1)],
    ['put in', (entries) => entries.splice(2, 0, { ...entries[2]! })],
    ['moved', (entries) => entries.splice(2, 0, ...entries.splice(3, 1))],
    ['of another request', (entries) => Object.assign(entries[4]!, { requestId: 'another' })],
    ['cut off at the start', (entries) => entries.shift()],
  ])('tells of an entry that was %s', (_, damage) => {
    const entries = chain(5);
    damage(entries);
    expect(chainFaults(requestId, entries)).not.toEqual([]);
  });
});

describe('factOf', () => {
  const before = aRequest({ state: 'RUNNING' });
  it.each<[string, Partial<RequestRecord>, object]>([
    ['merged', { archive: { archiveKey: 'k', byteLength: 9, expiresAt: '' } }, { counts: { bytes: 9 } }],
    ['commit-allowed', { commitStartedAt: '2026-11-23T09:00:00.000Z' }, {}],
    ['anonymized', { receipt: { rowsByTable: { a: 3, b: 0, c: 2 } } }, { counts: { rows: 5, tables: 2 } }],
    ['verified', { receipt: { rowsByTable: {}, residue: 0 } }, { counts: { left: 0 } }],
    ['failed', { state: 'FAILED', failure: 'PortalMappingError' }, { error: 'PortalMappingError' }],
    ['completed', { state: 'COMPLETED', counts: { rows: 4 } }, { counts: { rows: 4 } }],
    ['archive-destroyed', { destroyedAt: '2026-11-23T09:00:00.000Z' }, {}],
    ['rerun-asked', { state: 'QUEUED', attempt: 2 }, {}],
  ])('tells that a Request was %s', (what, facts, told) => {
    expect(factOf(before, { ...before, ...facts })).toEqual({ what, ...told });
  });

  it('tells nothing of a write that changes nothing worth telling', () => {
    expect(factOf(before, { ...before, places: ['portal.users.name'] })).toBeUndefined();
  });
});
