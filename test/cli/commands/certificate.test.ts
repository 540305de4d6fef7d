import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certify, signCertificate } from '../../../modules/proof/certificate.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import { digestOf } from '../../../modules/requests/audit/trail.ts';
import type { Receipt, SignedCertificate } from '../../../modules/requests/record.ts';
import { anOutcome, aRequest } from '../../support/fakes.ts';
import { runGdpr } from '../run-gdpr.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nonce = Buffer.from('a nonce of thirty-two bytes ....').toString('base64');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const receipt: Receipt = {
  ...anOutcome({ 'portal.users': 1, 'portal.notes': 4 }),
  commitment: commitmentTo({ kind: 'user', name: 'anna' }, nonce),
};
const signer = {
  sign: async (text: string) => ({
    signature: sign('sha256', createHash('sha256').update(text).digest(), privateKey).toString('base64'),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }),
};
const facts = { certId: 'c', now: new Date(), retention: {} };
const signedOf = (held: Receipt) =>
  signCertificate(certify(aRequest({ kind: 'anonymize', state: 'RUNNING', receipt: held }), facts), signer);
const signed = await signedOf({ ...receipt, commitmentVersion: 2 });
const folded = await signedOf({
  ...receipt,
  commitment: commitmentTo({ kind: 'user', name: 'Ines.Gruber@CORP' }, nonce),
  commitmentVersion: 2,
});

function stored(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}
const good = stored('good.json', JSON.stringify(signed, null, 3));
const changed = { ...signed.certificate, changed: { rows: 0, tables: 0 } };
const bad = stored('bad.json', JSON.stringify({ ...signed, certificate: changed }));
const pem = stored('key.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());

const verify = (...args: string[]) => runGdpr(['certificate', 'verify', ...args], { cwd: folder });

describe('docs/certificate.md', () => {
  const recipes = [...readFileSync('docs/certificate.md', 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
    ([, text]) => text!,
  );
  const run = (recipe: string, on: SignedCertificate = folded) => {
    writeFileSync(join(folder, 'certificate.json'), JSON.stringify(on, null, 2));
    writeFileSync(join(folder, 'issuer.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(folder, 'nonce.json'), JSON.stringify({ nonce }));
    return spawnSync('sh', ['-c', recipe], { cwd: folder, encoding: 'utf8' }).stdout.trim().split('\n');
  };
  const recipeWith = (words: string) => recipes.find((recipe) => recipe.includes(words))!;

  it('checks a signature with openssl and jq alone (R27)', () => {
    const recipe = recipeWith('-verify issuer.pem');
    const spoilt = { ...folded, certificate: { ...folded.certificate, startedAt: '2020-01-01T00:00:00.000Z' } };

    expect(run(recipe)).toEqual(['Verified OK']);
    expect(run(recipe, spoilt)).toEqual(['Verification failure']);
  });

  it('compares name and audit trail with openssl and jq alone (C33, R27)', () => {
    const [found, expected, trail] = run(recipeWith('-mac HMAC')).map((line) => line.split(' ')[0]);

    expect(found).toBe(expected);
    expect(trail).toBe(digestOf(folded));
  });
});

describe('gdpr certificate verify', () => {
  it('needs no network, and tells by its exit code (R27)', async () => {
    const sound = await verify(good, '--public-key', pem);
    const unsound = await verify(bad, '--public-key', pem, '--json');

    expect([sound.code, unsound.code]).toEqual([0, 1]);
    expect(sound.stdout).toContain('5 rows changed');
    expect(JSON.parse(unsound.stdout)).toMatchObject({ sound: false, issuerChecked: true });
  });

  it('compares a name only together with a nonce, whatever its capitals (C33, R27)', async () => {
    expect(await verify(good, '--user', 'ANNA', '--nonce', nonce)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('it is about this user: name and nonce match'),
    });
    expect((await verify(good, '--user', 'bert', '--nonce', nonce)).code).toBe(1);
    expect(await verify(good, '--user', 'bert')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--nonce together with --user or --device'),
    });
  });

  it.each([
    ['no JSON', [stored('none.json', 'no json')], 'FILE is not a certificate'],
    ['no file', ['nowhere.json'], 'FILE cannot be read'],
    ['no key', [good, '--public-key', good], '--public-key is not a public key in PEM'],
  ])('refuses %s with exit 2', async (_what, args, message) => {
    expect(await verify(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });
});
