import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../modules/common/canonical-json.ts';
import { certify, signCertificate } from '../../../modules/proof/certificate.ts';
import { commitmentTo } from '../../../modules/proof/commitment.ts';
import { certificatePage, verifyPage } from '../../../modules/proof/get-certificate.ts';
import { digestOf } from '../../../modules/requests/audit/trail.ts';
import type { SignedCertificate } from '../../../modules/requests/record.ts';
import { canonicalName } from '../../../modules/requests/subjects/account-name.ts';
import { accessibilityFaults } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { anOutcome, aRequest } from '../../support/fakes.ts';
import { archiveOf } from '../../support/stitch.ts';

const nonce = Buffer.from('a nonce of thirty-two bytes ....').toString('base64');
const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const [ours, another] = [pair(), pair()];
const signerOf = ({ privateKey, publicKey }: ReturnType<typeof pair>) => ({
  sign: async (text: string) => ({
    signature: sign('sha256', createHash('sha256').update(text).digest(), privateKey).toString('base64'),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }),
});
const pemOf = ({ publicKey }: ReturnType<typeof pair>) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const receipt = {
  ...anOutcome({ 'portal.users': 1, 'portal.notes': 4 }),
  residue: 0,
  verified: { tables: 31, columns: 412 },
  unmaintained: ['portal.users: <img src=x onerror=alert(1)></script>'],
  mentions: { 'portal.notes.text': 3 },
  commitment: commitmentTo({ kind: 'user', name: 'Ines.Gruber@CORP' }, nonce),
  commitmentVersion: 2,
} as const;
const certificate = certify(aRequest({ kind: 'anonymize', state: 'RUNNING', receipt }), {
  certId: 'c1',
  now: new Date('2026-11-23T09:00:00Z'),
  retention: { engineDays: 30 },
});
const signed = await signCertificate(certificate, signerOf(ours));
const oldCertificate = { ...certificate, subjectCommitment: commitmentTo({ kind: 'user', name: 'José' }, nonce, 1) };
const { version: _, outcome: __, ...old } = oldCertificate;
const signedOld = await signCertificate(old, signerOf(ours));

let folder: string;
let browser: Browser;
let page: Page;
const requested: string[] = [];
const errors: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-page-'));
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('request', (request) => void requested.push(request.url()));
  page.on('pageerror', (error) => void errors.push(error.message));
  page.on('console', (message) => void errors.push(message.text()));
  page.on('dialog', (dialog) => void errors.push(`dialog ${dialog.message()}`));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a page and opens it from disk. */
async function open(html: string): Promise<string> {
  const path = join(folder, 'page.html');
  await writeFile(path, html);
  await page.goto(pathToFileURL(path).href);
  return pathToFileURL(path).href;
}

async function choose(input: string, name: string, content: string | Buffer): Promise<void> {
  await page.setInputFiles(input, { name, mimeType: 'text/plain', buffer: Buffer.from(content) });
}

/** The state and the checks that a section shows once it has one. */
async function verdictOf(section: string): Promise<{ state: string | null; checks: string[] }> {
  const shown = page.locator(`${section}[data-state]:not([data-state=busy])`);
  await shown.waitFor();
  const checks = await shown.locator('li').evaluateAll((items) => items.map((item) => item.className));
  return { state: await shown.getAttribute('data-state'), checks };
}

interface Given {
  readonly document?: string;
  readonly key?: string;
  readonly name?: string;
  readonly nonce?: string;
  readonly audit?: string;
}

/** What verify.html says of a certificate. */
async function check({ document = JSON.stringify(signed), key = pemOf(ours), ...typed }: Given) {
  await open(verifyPage());
  if (key) await choose('#issuer', 'issuer.pem', key);
  for (const [id, text] of Object.entries(typed)) await page.fill(`#${id}`, text);
  await choose('#certificate', 'certificate.json', document);
  return verdictOf('#verdict');
}

const changed = (facts: object) => JSON.stringify({ ...signed, certificate: { ...certificate, ...facts } });
const withSignature = (facts: object) => JSON.stringify({ ...signed, signature: { ...signed.signature, ...facts } });

describe('verify.html, opened from disk in Chromium', () => {
  it('says that a good certificate is good, with whom it is about and its place in the audit trail (R27)', async () => {
    const pretty = JSON.stringify({ signature: signed.signature, certificate }, null, 3);
    const audit = digestOf(signed);

    expect(await check({ document: pretty, name: 'ines.gruber@corp', nonce, audit })).toEqual({
      state: 'good',
      checks: ['yes', 'yes', 'yes', 'yes'],
    });
    expect(await page.locator('#facts').innerText()).toContain('5 rows changed in 2 tables');
    expect(await page.locator('#facts table').first().innerText()).toMatch(/portal\.notes\.text\s+3/);
  });

  it.each([
    ['another time', changed({ finishedAt: '2026-11-24T09:00:00.000Z' })],
    ['another count', changed({ changed: { rows: 6, tables: 2 } })],
    ['something retained left out', changed({ retained: certificate.retained.slice(1) })],
    ['another statement', changed({ statement: 'Everything is gone.' })],
    ['a field more', changed({ extra: 1 })],
    ['mentions left out', changed({ mentions: undefined })],
    ['another commitment', changed({ subjectCommitment: '0'.repeat(64) })],
    ['a number that nobody can have signed', JSON.stringify(signed).replace('"rows":5', '"rows":1e999')],
    [
      'a bit of the signature',
      withSignature({ value: signed.signature.value.replace(/(?<=^.{20})./, (one) => (one === '/' ? 'A' : '/')) }),
    ],
    ['an algorithm of its own', withSignature({ algorithm: 'none' })],
    ['a signature that is none', withSignature({ value: 'AAAA' })],
    ['the end cut off', JSON.stringify(signed).slice(0, -20)],
  ])('says that one with %s is not good (R27)', async (_what, document) => {
    expect((await check({ document })).state).toBe('bad');
    expect((await check({ document, key: '' })).state).toBe('bad');
  });

  it('says that one that somebody else signed is not good, and does not call one good whose issuer is not known', async () => {
    const forged = JSON.stringify(await signCertificate(certificate, signerOf(another)));

    expect((await check({ document: forged })).state).toBe('bad');
    expect((await check({ document: forged, key: '' })).state).toBe('open');
    expect((await check({ key: pemOf(another) })).state).toBe('bad');
    expect((await check({ key: 'no key' })).state).toBe('bad');
  });

  it.each([
    ['other capitals', { name: 'INES.GRUBER@corp', nonce }, 'good'],
    ['the domain in another form', { name: String.raw`corp\ines.gruber`, nonce }, 'good'],
    ['another name', { name: 'ines.grueber@corp', nonce }, 'bad'],
    ['no domain', { name: 'ines.gruber', nonce }, 'bad'],
    ['another nonce', { name: 'ines.gruber@corp', nonce: 'AAAA' }, 'bad'],
    ['a nonce that is none', { name: 'ines.gruber@corp', nonce: '%' }, 'bad'],
    ['a name without its nonce', { name: 'ines.gruber@corp' }, 'open'],
    ['a certificate that the audit trail does not hold', { audit: '0'.repeat(64) }, 'bad'],
  ])('compares the name: %s (C33)', async (_what, given, state) => {
    expect((await check(given)).state).toBe(state);
  });

  it('checks certificates of version 1, which are about the name as it was typed (C33)', async () => {
    const document = JSON.stringify(signedOld);

    expect((await check({ document, name: 'Jose\u0301', nonce })).state).toBe('good');
    expect((await check({ document, name: 'JOSÉ', nonce })).state).toBe('bad');
  });

  it('spells names and writes canonical JSON as this system does', async () => {
    await open(verifyPage());
    const names = [
      'ΌΔΟΣ',
      'ırmak',
      'İREM',
      'Strauß@CORP',
      'STRAUSS',
      'i\u0307x',
      'ǅabc',
      'ﬁx',
      'a@b@C',
      String.raw`C\a@B`,
      '@x',
      'x@',
    ];
    const spelled = names.flatMap((name) => [
      canonicalName({ kind: 'user', name }),
      canonicalName({ kind: 'device', name }),
    ]);
    const values = [
      { b: [1, 1e21, -0, 0.1], '10': null, 9: 'é\u2028\u0000"', '\u{1f600}': true, '\ufb33': {} },
      certificate,
    ];

    const found = await page.evaluate(
      ([all, every]) => {
        const { oneSpelling, canonical } = globalThis as unknown as Record<string, (...args: unknown[]) => string>;
        return [
          all.flatMap((n) => [oneSpelling!('user', n), oneSpelling!('device', n)]),
          every.map((v) => canonical!(v)),
        ];
      },
      [names, values] as const,
    );

    expect(found).toEqual([spelled, values.map(canonicalJson)]);
  });

  it('checks an archive against its manifest, and names what is missing (R27)', async () => {
    const rows = [
      ['e1', 'two\r\nlines, "quoted"'],
      ['e1', 'é'],
    ];
    const columns = ['engine', 'note "1"'];
    const sample = [
      { source: 'e1', file: 'engines/a.csv', columns, rows },
      { source: 'e1', file: 'engines/b.csv', columns, rows: [] },
    ];
    const [archive, short] = [await archiveOf(sample, []), await archiveOf(sample, ['e3'])];
    const tar = gunzipSync(archive);
    const spoiled = (text: string, by: string) => {
      const bytes = Buffer.from(tar);
      bytes.write(by, bytes.lastIndexOf(text));
      return gzipSync(bytes);
    };
    const verdict = async (bytes: Buffer) => {
      await open(verifyPage());
      await choose('#archive', 'gdpr-data.tar.gz', bytes);
      return { ...(await verdictOf('#archive-verdict')), text: await page.locator('#archive-verdict').innerText() };
    };

    const good = await verdict(archive);
    expect(good).toMatchObject({ state: 'good', checks: ['yes', 'yes'] });
    const missing = await verdict(short);
    expect(missing.state).toBe('open');
    expect(missing.text).toContain('e3');
    const bad = [spoiled('lines', 'lynes'), spoiled('engine,', 'engime,'), spoiled('engines/b.csv', 'engines/c.csv')];
    bad.push(
      Buffer.from(archive.subarray(0, -9)),
      Buffer.concat([archive, archive]),
      gzipSync(tar.subarray(0, -512)),
      Buffer.from('no archive'),
    );
    for (const bytes of bad) expect((await verdict(bytes)).state).toBe('bad');
  });

  it('loads nothing, sends nothing, runs nothing that a document holds, and can be read by everybody', async () => {
    const address = await open(verifyPage());
    await choose('#certificate', 'certificate.json', JSON.stringify(signed));
    await verdictOf('#verdict');

    expect(await page.locator('#facts').innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('#facts img').count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    const blocked = await page.evaluate(() =>
      fetch('https://example.com').then(
        () => 'sent',
        () => 'blocked',
      ),
    );
    expect(blocked).toBe('blocked');
    expect(errors.splice(0).filter((text) => !/Content Security Policy|example\.com/.test(text))).toEqual([]);
    expect(requested.filter((url) => url !== address)).toEqual([]);
  });
});

describe('certificate.html', () => {
  it('shows one certificate from its signed data, and checks it; a changed one says so (R27)', async () => {
    await open(certificatePage(signed));
    expect(await verdictOf('#verdict')).toEqual({ state: 'open', checks: ['yes', 'unknown'] });
    expect(await page.title()).toBe('Certificate of an anonymization');
    expect(await page.locator('#facts').innerText()).toContain(certificate.statement);
    await choose('#issuer', 'issuer.pem', pemOf(ours));
    await page.locator('#verdict[data-state=good]').waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.inputs:visible').count()).toBe(0);
    await page.emulateMedia({ media: 'screen' });

    const changedOne = { ...signed, certificate: { ...certificate, changed: { rows: 9, tables: 9 } } };
    await open(certificatePage(changedOne as SignedCertificate));
    expect((await verdictOf('#verdict')).state).toBe('bad');
    expect(errors).toEqual([]);
  });
});
