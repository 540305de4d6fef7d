import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { AuditEntry } from './entry.ts';

const NOTHING_BEFORE = '0'.repeat(64);

/** SHA-256 of the canonical JSON (RFC 8785) of a value, hex. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** The entry that follows `last`. */
export const nextEntry = (last: AuditEntry | undefined, facts: Omit<AuditEntry, 'seq' | 'before'>): AuditEntry => ({
  ...facts,
  seq: (last?.seq ?? 0) + 1,
  before: last ? digestOf(last) : NOTHING_BEFORE,
});

/**
 * Finds entries that were changed, removed, inserted or moved. Only a digest stored elsewhere can show that entries at the
 * end were removed.
 * @param entries of one Request, in order
 * @returns the faults, in words; empty when the chain is unaltered
 */
export function chainFaults(requestId: string, entries: readonly AuditEntry[]): string[] {
  const faults: string[] = [];
  let before = NOTHING_BEFORE;
  for (const [index, entry] of entries.entries()) {
    if (entry.requestId !== requestId) faults.push(`entry ${index + 1} is of another request`);
    if (entry.seq !== index + 1) faults.push(`entry ${index + 1} has the number ${entry.seq}`);
    if (entry.before !== before) faults.push(`entry ${index + 1} does not follow the one before it`);
    before = digestOf(entry);
  }
  return faults;
}
