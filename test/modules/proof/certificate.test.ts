import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../modules/common/canonical-json.ts';
import { certify, signCertificate } from '../../../modules/proof/certificate.ts';
import { checkCertificate, readCertificate } from '../../../modules/proof/certificate-check.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import type { Receipt, SignedCertificate } from '../../../modules/requests/record.ts';
import { anOutcome, aRequest } from '../../support/fakes.ts';

const subject = { kind: 'user', name: 'josé' } as const;
const nonce = Buffer.from('a nonce of thirty-two bytes ....').toString('base64');
const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const { privateKey, publicKey } = pair();
const signer = {
  sign: async (text: string) => ({
    signature: sign('sha256', createHash('sha256').update(text).digest(), privateKey).toString('base64'),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }),
};

const receipt = {
  ...anOutcome({ 'portal.users': 1, 'portal.notes': 4 }),
  residue: 0,
  verified: { tables: 12, columns: 40 },
  unmaintained: [],
  outOfReach: ['comment on table portal.x'],
  commitment: commitmentTo(subject, nonce),
  commitmentVersion: 2,
} as const;
const retention = { engineDays: 30, backupDays: 90 };
const certificate = certify(aRequest({ kind: 'anonymize', state: 'RUNNING', reference: 'HR-7', receipt }), {
  certId: 'c1',
  now: new Date('2026-11-23T09:00:00Z'),
  retention,
  schemaFingerprint: 'f1',
});
const signed = await signCertificate(certificate, signer);

describe('certify', () => {
  it('says that a second person approved, not who, and nothing where nobody had to (R27)', () => {
    const approved = aRequest({ kind: 'anonymize', state: 'RUNNING', receipt, approvedBy: 'opaque-7' });
    const { approverRole, ...rest } = certify(approved, { certId: 'c', now: new Date(0), retention: {} });

    expect(approverRole).toBe('second-person');
    expect(JSON.stringify(rest)).not.toContain('opaque-7');
    expect(certificate).not.toHaveProperty('approverRole');
  });

  it.each(['full', 'unverified'] as const)('says whether the account was proved: %s (R4)', (accountPrivacy) => {
    const record = aRequest({ kind: 'anonymize', state: 'RUNNING', receipt, accountPrivacy });

    expect(certify(record, { certId: 'c', now: new Date(0), retention: {} })).toMatchObject({ accountPrivacy });
  });

  it('tells counts, times and what is retained until when, and no name (R17, R27)', () => {
    expect(certificate).toMatchObject({
      reference: 'HR-7',
      kind: 'user',
      changed: { rows: 5, tables: 2 },
      searchedAfter: { tables: 12, columns: 40, hits: 0 },
      controls: { rowTotalsEqual: true, bystandersUnchanged: true },
    });
    const until = Object.fromEntries(certificate.retained.map((kept) => [kept.store, kept.until]));
    expect(until).toMatchObject({ engines: '2026-12-23', 'portal-backups': '2027-02-21', 'portal-wal': null });
    expect(certificate.retained).toContainEqual({
      store: 'portal-catalog',
      why: 'no change of rows reaches it',
      until: null,
      places: ['comment on table portal.x'],
    });
    expect(JSON.stringify(certificate).normalize('NFC')).not.toContain('josé');
  });
});

describe('the statement of a certificate', () => {
  const certified = (facts: Partial<Receipt>) =>
    certify(aRequest({ kind: 'anonymize', state: 'RUNNING', receipt: { ...receipt, ...facts } }), {
      certId: 'c',
      now: new Date(0),
      retention: {},
    });

  it.each<[string, Partial<Receipt>, string, string]>([
    ['rows changed', {}, 'replaced', 'was replaced by a random one'],
    ['rows changed and mentions stay', { mentions: { 'portal.notes.text': 2 } }, 'replaced-except-mentions', 'remains'],
    ['mentions are none', { mentions: { 'portal.notes.text': 0 } }, 'replaced', 'was replaced'],
    ['nothing changed', { rowsByTable: { 'portal.users': 0 } }, 'nothing-found', 'nothing was replaced'],
  ])('claims what was measured: %s (C32, R27)', (_what, facts, outcome, words) => {
    const claimed = certified(facts);
    expect(claimed.outcome).toBe(outcome);
    expect(claimed.statement).toContain(words);
    expect([claimed.mentions, claimed.version]).toEqual([facts.mentions, 2]);
  });

  it('is of version 1 when a function of the version before has made the commitment (C33)', () => {
    const { commitmentVersion: _, ...before } = receipt;
    const record = aRequest({ kind: 'anonymize', state: 'RUNNING', receipt: before });
    expect(certify(record, { certId: 'c', now: new Date(0), retention: {} })).not.toHaveProperty('version');
  });

  it('gathers what is retained for one reason, and names every place (R17)', () => {
    const left = 'bytes of old row versions until they are written over';
    const tables = Array.from({ length: 7 }, (_, at) => `portal.t${at}: ${left}`);
    const { retained } = certified({ unmaintained: [...tables, 'statement statistics'], accounts: ['portal.a.login'] });
    const of = (store: string) => retained.filter((each) => each.store === store);
    expect(of('portal-pages')).toMatchObject([
      { why: left, places: Array.from({ length: 7 }, (_, at) => `portal.t${at}`) },
      { why: 'statement statistics' },
    ]);
    expect(of('portal-accounts')).toMatchObject([
      { why: 'a login account is never changed', places: ['portal.a.login'] },
    ]);
  });
});

describe('checkCertificate', () => {
  it('takes the name in other capitals, and with its domain in another form (C33)', async () => {
    const commitment = commitmentTo({ kind: 'user', name: 'Ines.Gruber@CORP' }, nonce);
    const document = await signCertificate({ ...certificate, subjectCommitment: commitment }, signer);
    const faultsOf = (name: string) =>
      checkCertificate(document, publicKey, { subject: { kind: 'user', name }, nonce }).faults.length;

    expect(['INES.GRUBER@corp', 'corp\\ines.gruber'].map(faultsOf)).toEqual([0, 0]);
    expect(['ines.gruber', 'ines.gruber@lab', 'ines.grüber@corp'].map(faultsOf)).toEqual([1, 1, 1]);
  });

  it('takes one of version 1, which is about the name as it was typed (C33)', async () => {
    const { version: _, ...old } = { ...certificate, subjectCommitment: commitmentTo(subject, nonce, 1) };
    const document = await signCertificate(old, signer);
    const faultsOf = (name: string) =>
      checkCertificate(document, publicKey, { subject: { kind: 'user', name }, nonce }).faults.length;

    expect(['josé', 'JOSÉ'].map(faultsOf)).toEqual([0, 1]);
  });

  it('takes a good one, whatever the order of its fields, and whom it is about (R27)', () => {
    const shuffled = {
      signature: signed.signature,
      certificate: Object.fromEntries(Object.entries(certificate).reverse()),
    };
    const check = checkCertificate(shuffled as SignedCertificate, publicKey, { subject, nonce });

    expect([check.faults, check.issuerChecked]).toEqual([[], true]);
    const decomposed = { ...subject, name: subject.name.normalize('NFD') };
    expect(checkCertificate(signed, publicKey, { subject: decomposed, nonce }).faults).toEqual([]);
  });

  const changed = (facts: Partial<SignedCertificate['certificate']>) => ({
    ...signed,
    certificate: { ...certificate, ...facts },
  });
  it.each([
    ['a later time', changed({ finishedAt: '2026-11-24T09:00:00.000Z' })],
    ['another count', changed({ changed: { rows: 6, tables: 2 } })],
    ['something retained left out', changed({ retained: certificate.retained.slice(1) })],
    [
      'another signature',
      { ...signed, signature: { ...signed.signature, value: signed.signature.value.replace(/^..../, 'AAAA') } },
    ],
    ['an algorithm of its own', { ...signed, signature: { ...signed.signature, algorithm: 'none' } }],
  ])('refuses one with %s (R27)', (_what, document) => {
    const bad = document as SignedCertificate;
    expect(checkCertificate(bad, publicKey).faults).toHaveLength(1);
    expect(checkCertificate(bad).faults).toHaveLength(1);
  });

  it('refuses one that somebody else signed, when the key of the issuer is known (R27)', () => {
    const forger = pair();
    const value = sign('sha256', createHash('sha256').update(canonicalJson(certificate)).digest(), forger.privateKey);
    const own = forger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const forged = { certificate, signature: { ...signed.signature, publicKey: own, value: value.toString('base64') } };

    expect(checkCertificate(forged, publicKey).faults).toHaveLength(1);
    expect(checkCertificate(forged)).toMatchObject({ faults: [], issuerChecked: false });
  });

  it('refuses another name or another nonce (R27)', () => {
    const claims = [
      { subject: { kind: 'user', name: 'jose' } as const, nonce },
      { subject, nonce: 'AAAA' },
    ];
    for (const claim of claims) expect(checkCertificate(signed, publicKey, claim).faults).toHaveLength(1);
  });
});

describe('readCertificate', () => {
  it('takes what was signed, and nothing else', () => {
    expect(readCertificate(JSON.stringify(signed, null, 3))).toEqual(signed);
    const { publicKey: _, ...keyless } = signed.signature;
    for (const other of [null, [], {}, { certificate: null }, { certificate, signature: keyless }]) {
      expect(readCertificate(JSON.stringify(other))).toBeUndefined();
    }
    expect(readCertificate('no json')).toBeUndefined();
  });

  it.each(['1e999', String.raw`"\ud800"`])('refuses %s, which nobody can have signed', (value) => {
    const document = JSON.stringify({ ...signed, certificate: { ...certificate, extra: 7 } });
    expect(readCertificate(document)).toBeDefined();
    expect(readCertificate(document.replace('"extra":7', `"extra":${value}`))).toBeUndefined();
  });
});
