import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certify, signCertificate } from '../../../modules/proof/certificate.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import { anOutcome, aRequest } from '../../support/fakes.ts';
import { runGdpr } from '../run-gdpr.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nonce = Buffer.from('a nonce of thirty-two bytes ....').toString('base64');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const receipt = {
  ...anOutcome({ 'portal.users': 1, 'portal.notes': 4 }),
  commitment: commitmentTo({ kind: 'user', name: 'anna' }, nonce),
};
const signed = await signCertificate(
  certify(aRequest({ kind: 'anonymize', state: 'RUNNING', receipt }), { certId: 'c', now: new Date(), retention: {} }),
  {
    sign: async (text) => ({
      signature: sign('sha256', createHash('sha256').update(text).digest(), privateKey).toString('base64'),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    }),
  },
);

function stored(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}
const good = stored('good.json', JSON.stringify(signed, null, 3));
const changed = { ...signed.certificate, changed: { rows: 0, tables: 0 } };
const bad = stored('bad.json', JSON.stringify({ ...signed, certificate: changed }));
const pem = stored('key.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());

const verify = (...args: string[]) => runGdpr(['certificate', 'verify', ...args], { cwd: folder });

describe('gdpr certificate verify', () => {
  it('needs no network, and tells by its exit code (R27)', async () => {
    const sound = await verify(good, '--public-key', pem);
    const unsound = await verify(bad, '--public-key', pem, '--json');

    expect([sound.code, unsound.code]).toEqual([0, 1]);
    expect(sound.stdout).toContain('5 rows changed');
    expect(JSON.parse(unsound.stdout)).toMatchObject({ sound: false, issuerChecked: true });
  });

  it('compares a name only together with a nonce (R27)', async () => {
    expect((await verify(good, '--user', 'anna', '--nonce', nonce)).code).toBe(0);
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
