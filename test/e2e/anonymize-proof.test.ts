import { createPublicKey, hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { commitmentTo } from '../../modules/proof/commitment.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { clientOf } from '../support/clients.ts';
import { gdpr, gdprOpen, run } from '../support/command.ts';
import { attack, directory } from '../support/dictionary.ts';
import { everything } from '../support/everything.ts';

const NAMES = 200_000;

let system: LocalSystem;
let folder: string;
let name: string;
let view: RequestView;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proof-'));
  system = await startLocalSystem({ engines: 1, rows: 50 });
  name = system.users[0]!;
  const { code, stdout } = await gdpr(system, 'anonymize', '--user', name, '--irreversible', '--json');
  expect(code).toBe(0);
  view = JSON.parse(stdout) as RequestView;
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const certificateOf = async (): Promise<SignedCertificate> => {
  const { code, stdout } = await gdprOpen(system, 'certificate', 'get', view.requestId);
  expect(code).toBe(0);
  return JSON.parse(stdout) as SignedCertificate;
};

describe('what is kept of an anonymization', () => {
  it(`lets no script with ${NAMES} names find the subject, unless it may use KMS (R15, R24)`, async () => {
    const stores = await everything(system);
    const names = directory(NAMES, [name]);

    expect(Object.values(stores).every((text) => text.length > 50)).toBe(true);
    expect(attack(stores, names, [name, `${name}@corp.example`])).toEqual([]);
  }, 120_000);

  it('would be found out if it kept a hash of the name, plain or under a key that is kept too', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const keyed = { key, keyed: commitmentTo({ kind: 'user', name }, key) };
    const plain = { plain: hash('sha256', 'p.smith') };

    expect(attack(keyed, [], [name])).toEqual([`HMAC of ${name}`]);
    expect(attack(plain, directory(100, ['p.smith']), [])).toEqual(['sha256 of p.smith']);
  });
});

describe('the certificate of an anonymization (R27)', () => {
  it('is signed by KMS, says what was done and what is retained, and is checked offline', async () => {
    const signed = await certificateOf();
    const kms = new KMSClient(clientOf(system, 'KMS'));
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: 'sign' }));
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    await writeFile(join(folder, 'key.pem'), key.export({ type: 'spki', format: 'pem' }));
    await writeFile(join(folder, 'good.json'), JSON.stringify(signed));
    const tampered = { ...signed, certificate: { ...signed.certificate, finishedAt: '2020-01-01T00:00:00.000Z' } };
    await writeFile(join(folder, 'bad.json'), JSON.stringify(tampered));
    const verify = (file: string) =>
      run('node', [
        'cli/main.ts',
        'certificate',
        'verify',
        join(folder, file),
        '--public-key',
        join(folder, 'key.pem'),
      ]);

    expect((await verify('good.json')).code).toBe(0);
    expect((await verify('bad.json')).code).toBe(1);
    const { changed, searchedAfter, controls, retained, schemaFingerprint } = signed.certificate;
    expect(changed.rows).toBe(Object.values(view.receipt!.rowsByTable).reduce((sum, rows) => sum + rows, 0));
    expect([searchedAfter.hits, controls.bystandersUnchanged]).toEqual([0, true]);
    expect(schemaFingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(retained.map(({ store }) => store)).toEqual(
      expect.arrayContaining(['engines', 'portal-backups', 'portal-wal']),
    );
    const pages = retained.filter(({ store }) => store === 'portal-pages');
    expect(pages).toMatchObject([{ why: 'bytes of old row versions until they are written over' }]);
    expect(pages[0]!.places!.length).toBeGreaterThan(5);
    expect(JSON.stringify(signed)).not.toContain(name);
  });

  it('is a page too, from the API and from the command line, beside the page that checks it', async () => {
    const signed = await certificateOf();
    const out = join(folder, 'proof');
    expect((await gdprOpen(system, 'certificate', 'get', view.requestId, '--out', out)).code).toBe(0);
    const headers = { authorization: `Bearer ${system.token}`, accept: 'text/html' };
    const answer = await fetch(`${system.apiUrl}/v1/requests/${view.requestId}/certificate`, { headers });

    expect(JSON.parse(await readFile(join(out, 'certificate.json'), 'utf8'))).toEqual(signed);
    const page = await readFile(join(out, 'certificate.html'), 'utf8');
    expect(page).toContain(signed.certificate.subjectCommitment);
    expect(await readFile(join(out, 'verify.html'), 'utf8')).toBe(await readFile('modules/proof/verify.html', 'utf8'));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await answer.text()).toBe(page);
  });

  it('commits to its subject; the nonce is handed out once', async () => {
    const first = await gdprOpen(system, 'certificate', 'nonce', view.requestId);
    const second = await gdprOpen(system, 'certificate', 'nonce', view.requestId, '--json');

    const { nonce } = JSON.parse(first.stdout) as { nonce: string };
    const { certificate } = await certificateOf();
    expect(certificate.subjectCommitment).toBe(commitmentTo({ kind: 'user', name }, nonce));
    expect(second.code).toBe(1);
    expect(JSON.parse(second.stdout)).toMatchObject({ problem: { status: 409 } });
  });

  it('is not there for a retrieval', async () => {
    const out = join(folder, 'x.tar.gz');
    const { stdout } = await gdpr(
      system,
      'retrieve',
      '--user',
      system.users[1]!,
      '--portal-data',
      '--out',
      out,
      '--json',
    );
    const { requestId } = JSON.parse(stdout) as RequestView;
    const { code, stdout: answer } = await gdprOpen(system, 'certificate', 'get', requestId, '--json');
    expect([code, JSON.parse(answer)]).toMatchObject([1, { problem: { status: 409 } }]);
  });
});
