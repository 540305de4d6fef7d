import { describe, expect, it } from 'vitest';
import { type PortalFindings, planDigest, planHashOf, splitPlanHash } from '../../../modules/portal/agreed-preview.ts';
import type { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';

const nonce = Buffer.alloc(16, 7).toString('base64url');
const subject = { kind: 'user', name: 'jdoe' } as const;
const mapping: PortalMapping = {
  fingerprint: 'f'.repeat(64),
  tables: [],
  harmless: [],
  accounts: [],
  derived: [],
  ledger: 'g.l',
  files: [],
};
const findings: PortalFindings = {
  tables: [{ table: 'p.users', rows: 2, exact: 2, tokens: 0, suspected: 1 }],
  spellings: ['jdoe', 'CORP\\jdoe'],
  nearNames: ['jdoe2'],
  unmapped: [],
  accounts: [],
  outOfReach: [],
  identifiers: ['jdoe', 'jdoe@CORP'].map((text) => ({ text, strong: true })),
  mentions: [],
  lookalikes: [],
};
const digest = planDigest(nonce, subject, mapping, findings);

describe('planDigest', () => {
  it('stays for the same plan, in whatever order and case the database tells it', () => {
    const suspected = [{ ...findings.tables[0]!, suspected: 9 }];
    const spellings = [...findings.spellings].reverse();

    const identifiers = findings.identifiers.map((one) => ({ ...one, text: one.text.toUpperCase() })).reverse();
    const read = { ...findings, spellings, identifiers, tables: suspected, nearNames: [] };

    expect(planDigest(nonce, subject, mapping, read)).toBe(digest);
    expect(splitPlanHash(planHashOf(nonce, digest))).toEqual({ nonce, digest });
    expect(splitPlanHash(digest)).toBeUndefined();
  });

  it('changes with the count, the spellings, the mapping, the name and the nonce (R14)', () => {
    const others = [
      planDigest(nonce, subject, mapping, { ...findings, tables: [{ ...findings.tables[0]!, rows: 3 }] }),
      planDigest(nonce, subject, mapping, { ...findings, spellings: ['jdoe'] }),
      planDigest(nonce, subject, { ...mapping, fingerprint: 'e'.repeat(64) }, findings),
      planDigest(nonce, subject, { ...mapping, derived: ['p.v'] }, findings),
      planDigest(nonce, { ...subject, name: 'jdoe2' }, mapping, findings),
      planDigest(nonce, { ...subject, accounts: ['jdoe@CORP'] }, mapping, findings),
      planDigest(nonce, subject, mapping, { ...findings, identifiers: [{ text: 'jdoe', strong: false }] }),
      planDigest(nonce, { ...subject, kind: 'device' }, mapping, findings),
      planDigest(Buffer.alloc(16, 8).toString('base64url'), subject, mapping, findings),
    ];

    expect(new Set([digest, ...others]).size).toBe(others.length + 1);
  });
});
