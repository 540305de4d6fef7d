import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkCertificate } from '../../../cli/commands/certificate-verify.ts';
import { canonicalJson } from '../../../modules/common/canonical-json.ts';
import { certify, signCertificate } from '../../../modules/proof/certificate.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import type { SignedCertificate } from '../../../modules/requests/proof.ts';
import { run } from '../../support/command.ts';
import { anOutcome, aRequest } from '../../support/fakes.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

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
};
const retention = { engineDays: 30, backupDays: 90 };
const certificate = certify(aRequest({ kind: 'anonymize', state: 'RUNNING', reference: 'HR-7', receipt }), {
  certId: 'c1',
  now: new Date('2026-11-23T09:00:00Z'),
  retention,
  schemaFingerprint: 'f1',
});
const signed = await signCertificate(certificate, signer);

function stored(name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document, null, 3));
  return file;
}
const pem = stored('key.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());

describe('certify', () => {
  it('says that a second person approved, not who, and nothing where nobody had to (R27)', () => {
    const approved = aRequest({ kind: 'anonymize', state: 'RUNNING', receipt, approvedBy: 'opaque-7' });
    const { approverRole, ...rest } = certify(approved, { certId: 'c', now: new Date(0), retention: {} });

    expect(approverRole).toBe('second-person');
    expect(JSON.stringify(rest)).not.toContain('opaque-7');
    expect(certificate).not.toHaveProperty('approverRole');
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
    expect(certificate.retained.map(({ why }) => why)).toContain('comment on table portal.x');
    expect(JSON.stringify(certificate).normalize('NFC')).not.toContain('josé');
  });
});

describe('checkCertificate', () => {
  it('takes a good one, whatever the order of its fields, and whom it is about (R27)', () => {
    const shuffled = {
      signature: signed.signature,
      certificate: Object.fromEntries(Object.entries(certificate).reverse()),
    };
    const check = checkCertificate(stored('good.json', shuffled), pem, { subject, nonce });

    expect([check.faults, check.issuerChecked]).toEqual([[], true]);
    const decomposed = { ...subject, name: subject.name.normalize('NFD') };
    expect(checkCertificate(stored('good.json', signed), pem, { subject: decomposed, nonce }).faults).toEqual([]);
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
    expect(checkCertificate(stored('bad.json', document), pem).faults).toHaveLength(1);
    expect(checkCertificate(stored('bad.json', document)).faults).toHaveLength(1);
  });

  it('refuses one that somebody else signed, when the key of the issuer is known (R27)', () => {
    const forger = pair();
    const value = sign('sha256', createHash('sha256').update(canonicalJson(certificate)).digest(), forger.privateKey);
    const own = forger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const forged = { certificate, signature: { ...signed.signature, publicKey: own, value: value.toString('base64') } };
    const file = stored('forged.json', forged);

    expect(checkCertificate(file, pem).faults).toHaveLength(1);
    expect(checkCertificate(file)).toMatchObject({ faults: [], issuerChecked: false });
  });

  it.each(['1e999', String.raw`"\ud800"`])('refuses %s, which nobody can have signed', (value) => {
    const document = JSON.stringify({ ...signed, certificate: { extra: 7 } }).replace('7', value);
    expect(() => checkCertificate(stored('unsignable.json', document))).toThrow('FILE is not JSON');
  });

  it('refuses another name or another nonce (R27)', () => {
    const file = stored('good.json', signed);
    expect(checkCertificate(file, pem, { subject: { kind: 'user', name: 'jose' }, nonce }).faults).toHaveLength(1);
    expect(checkCertificate(file, pem, { subject, nonce: 'AAAA' }).faults).toHaveLength(1);
  });
});

describe('gdpr certificate verify', () => {
  it('needs no network, and tells by its exit code (R27)', async () => {
    const verify = (file: string, ...more: string[]) =>
      run('node', ['cli/main.ts', 'certificate', 'verify', file, ...more]);

    const good = await verify(stored('good.json', signed), '--public-key', pem);
    const bad = await verify(stored('bad.json', changedTotals()), '--public-key', pem, '--json');
    const none = await verify(stored('none.json', 'no json'));

    expect([good.code, bad.code, none.code]).toEqual([0, 1, 2]);
    expect(good.stdout).toContain('5 rows changed');
    expect(JSON.parse(bad.stdout)).toMatchObject({ sound: false, issuerChecked: true });
  });

  const changedTotals = () => ({ ...signed, certificate: { ...certificate, changed: { rows: 0, tables: 0 } } });
});
