import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBER, OctetString } from 'asn1js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeStampWitness } from '../../../modules/proof/adapters/time-stamp-witness.ts';
import { anchorDigest } from '../../../modules/proof/audit-anchors.ts';
import { certificatesIn, stampFaults, timeStampRequest } from '../../../modules/proof/time-stamp.ts';
import { silentLog } from '../../support/fakes.ts';
import {
  FOR_TIME_STAMPS,
  opensslAccepts,
  signedBy,
  startTimeStampAuthority,
  type TimeStampAuthority,
} from '../../support/time-stamp-authority.ts';

const anchor = { at: '2026-11-23T09:00:00.000Z', before: '0'.repeat(64), heads: {} };
const text = JSON.stringify(anchor);
const NOT_FITTING = 'has a signature that does not fit';
const NOT_FOR_STAMPS = 'is signed by a certificate that is not for time stamps alone';
const NOT_VALID = 'is signed by a certificate that was not valid then';
const NOT_TRUSTED = 'is signed by an authority that none of the trusted CAs has issued';

let [authority, stranger]: TimeStampAuthority[] = [];
let stamp: Buffer;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([startTimeStampAuthority(), startTimeStampAuthority()]);
  const witness = timeStampWitness({
    url: authority!.url,
    trust: { mode: 'ca', pem: authority!.caPem },
    allowLoopback: true,
    now: () => new Date(),
    random: randomBytes,
    log: silentLog,
  });
  stamp = Buffer.from(await witness.stamp(text), 'base64');
}, 30_000);
afterAll(() => Promise.all([authority?.stop(), stranger?.stop()]));

const faultsOf = (answer: Buffer, ca: string | undefined = authority!.signerCaPem, question = {}) =>
  stampFaults(answer, { text, at: new Date(), ...question }, certificatesIn(ca));
const faultsWithoutCa = (answer: Buffer) => stampFaults(answer, { text, at: new Date() });
const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe('stampFaults (R27, RFC 3161)', () => {
  it('finds nothing in a real stamp, with the CA and without it', async () => {
    expect(await faultsOf(stamp)).toEqual([]);
    expect(await faultsWithoutCa(stamp)).toEqual([]);
  });

  it('finds a forged signature, with the CA and without it (C45)', async () => {
    const forged = flipped(stamp, stamp.length - 1); // the signature is the last field
    expect(await faultsOf(forged)).toEqual([NOT_FITTING]);
    expect(await faultsWithoutCa(forged)).toEqual([NOT_FITTING]);
  });

  it('finds each changed byte of what was signed: policy, hash, number, time and nonce', async () => {
    const start = stamp.indexOf(Buffer.from(anchorDigest(anchor), 'hex'));
    for (let at = start - 30; at < start + 64; at += 1)
      expect(await faultsOf(flipped(stamp, at)), String(at)).not.toEqual([]);
  });

  it('finds a stamp on another text, and of another time', async () => {
    expect(await faultsOf(stamp, undefined, { text: 'another' })).toEqual(['is about something else']);
    const earlier = new Date(Date.now() - 2 * 3_600_000);
    expect(await faultsOf(stamp, undefined, { at: earlier })).toEqual([
      expect.stringMatching(/^was made at .*Z, another time than what it is about$/),
    ]);
    expect(await faultsOf(stamp, undefined, { nonce: Buffer.from('01', 'hex') })).toEqual(['answers another question']);
  });

  it('takes another certificate of the same CA, and the certificate that signs as the trusted one', async () => {
    const signer = await authority!.issue(FOR_TIME_STAMPS);
    const signed = await signedBy(stamp, signer);
    expect(await faultsOf(signed)).toEqual([]);
    expect(await faultsOf(signed, await readFile(signer.certificateFile, 'utf8'))).toEqual([]);
    expect(await faultsOf(stamp, await readFile(signer.certificateFile, 'utf8'))).toEqual([NOT_TRUSTED]);
  });

  it('refuses the authority of another CA that bears the same names', async () => {
    const signed = await signedBy(stamp, await stranger!.issue(FOR_TIME_STAMPS));
    expect(await faultsOf(signed)).toEqual([NOT_TRUSTED]);
    expect(await faultsOf(signed, stranger!.signerCaPem)).toEqual([]);
    expect(await faultsWithoutCa(signed)).toEqual([]); // what the caller has to say
  });

  it.each([
    ['for servers', 'extendedKeyUsage=critical,serverAuth'],
    ['for time stamps, but not critical', 'extendedKeyUsage=timeStamping'],
    ['for time stamps among others', 'extendedKeyUsage=critical,timeStamping,codeSigning'],
    ['without a purpose', 'keyUsage=digitalSignature'],
  ])('refuses a certificate %s', async (_what, extensions) => {
    const signed = await signedBy(stamp, await authority!.issue(extensions));
    expect(await faultsOf(signed)).toEqual([NOT_FOR_STAMPS]);
    expect(await faultsWithoutCa(signed)).toEqual([NOT_FOR_STAMPS]);
  });

  it.each([
    ['had expired', ['20200101000000Z', '20200102000000Z']],
    ['was not valid yet', ['20990101000000Z', '20990102000000Z']],
  ] as const)('refuses a certificate that %s', async (_what, validity) => {
    const signed = await signedBy(stamp, await authority!.issue(FOR_TIME_STAMPS, validity));
    expect(await faultsOf(signed)).toEqual([NOT_VALID, NOT_TRUSTED]);
    expect(await faultsWithoutCa(signed)).toEqual([NOT_VALID]);
  });

  it('refuses a signature that does not name its certificate (RFC 3161 section 2.4.2)', async () => {
    const signed = await signedBy(stamp, await authority!.issue(FOR_TIME_STAMPS), []);
    expect(await faultsOf(signed)).toEqual([NOT_FITTING]);
  });
});

describe('certificatesIn', () => {
  it('reads each certificate of a PEM, and refuses what is none', () => {
    expect(certificatesIn(`comment\n${authority!.signerCaPem}\n${stranger!.signerCaPem}`)).toHaveLength(2);
    for (const pem of ['', 'x', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']) {
      expect(() => certificatesIn(pem)).toThrow(TypeError);
    }
  });
});

describe('DER', () => {
  it.each([0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x100_0000])('writes and reads %i bytes', (length) => {
    const bytes = new OctetString({ valueHex: Buffer.alloc(length, 7) }).toBER();
    const { result, offset } = fromBER(bytes);
    expect(offset).toBe(bytes.byteLength);
    expect((result as OctetString).valueBlock.valueHexView.length).toBe(length);
    const lengthBytes = Buffer.from(bytes).subarray(1, -length);
    const shortest = length < 0x80 ? [length] : [0x80 + Math.ceil(Math.log2(length + 1) / 8)];
    expect([...lengthBytes.subarray(0, 1)]).toEqual(shortest);
  });

  it('is read in a stamp of more than 65,536 bytes, as openssl reads it (C44)', async () => {
    const long = `2.16.840.1.113730.1.13=ASN1:UTF8:${'x'.repeat(70_000)}`;
    const signed = await signedBy(stamp, await authority!.issue(`${FOR_TIME_STAMPS}\n${long}`));
    expect(signed.length).toBeGreaterThan(0x1_0000);
    expect(await faultsOf(signed)).toEqual([]);

    const folder = await mkdtemp(join(tmpdir(), 'long-'));
    await writeFile(join(folder, 'x.tsr'), signed);
    expect(await opensslAccepts(join(folder, 'x.tsr'), anchorDigest(anchor), authority!)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('of a request is what openssl would ask', () => {
    const request = timeStampRequest('', Buffer.from('80', 'hex'));
    expect(request.toString('hex')).toBe(
      `303d0201013031300d060960864801650304020105000420${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}020200800101ff`,
    );
  });
});
