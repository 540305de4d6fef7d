import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeStampWitness } from '../../../../modules/proof/adapters/time-stamp-witness.ts';
import { WitnessError } from '../../../../modules/proof/errors.ts';
import { certificatesIn, stampFaults } from '../../../../modules/proof/time-stamp.ts';
import { silentLog } from '../../../support/fakes.ts';
import {
  opensslAccepts,
  signedBy,
  startTimeStampAuthority,
  type TimeStampAuthority,
} from '../../../support/time-stamp-authority.ts';
import { startTlsPeer } from '../../../support/tls-peer.ts';

const text = 'an anchor';
const digest = createHash('sha256').update(text).digest('hex');
let authority: TimeStampAuthority;
beforeAll(async () => {
  authority = await startTimeStampAuthority();
});
afterAll(() => authority?.stop());

type Options = Parameters<typeof timeStampWitness>[0];
const witness = (options: Partial<Options> = {}) =>
  timeStampWitness({
    url: authority.url,
    trust: { mode: 'ca', pem: authority.caPem },
    ca: authority.signerCaPem,
    allowLoopback: true,
    now: () => new Date(),
    random: randomBytes,
    log: silentLog,
    ...options,
  });
const aStamp = async () => Buffer.from(await witness().stamp(text), 'base64');
const faultsOf = (stamp: Buffer, question: Partial<Parameters<typeof stampFaults>[1]> = {}) =>
  stampFaults(stamp, { text, at: new Date(), ...question }, certificatesIn(authority.signerCaPem));
const answeredBy = async (change: (answer: Buffer) => Buffer | Promise<Buffer>, options?: Partial<Options>) => {
  authority.answerBy(change);
  try {
    return await witness(options).stamp(text);
  } finally {
    authority.answerBy((answer) => answer);
  }
};

describe('timeStampWitness (R27, RFC 3161)', () => {
  it('gets a stamp that openssl takes for this hash, and for no other', async () => {
    const stamp = await aStamp();
    const folder = await mkdtemp(join(tmpdir(), 'stamp-'));
    const file = join(folder, 'x.tsr');
    await writeFile(file, stamp);

    expect(await opensslAccepts(file, digest, authority)).toBe(true);
    const another = digest.replace(/^./, (c) => (c === '0' ? '1' : '0'));
    expect(await opensslAccepts(file, another, authority)).toBe(false);
    expect(await faultsOf(stamp)).toEqual([]);
    expect(await faultsOf(stamp, { text: 'another' })).toEqual(['is about something else']);
    await rm(folder, { recursive: true });
  });

  it('takes nonces with bits and zeros at their start', async () => {
    for (const first of ['ff', '80', '0080', '007f', '000001', '01', '00'.repeat(16)]) {
      const start = Buffer.from(first, 'hex');
      const random = (size: number) => Buffer.concat([start, Buffer.alloc(size - start.length, 0x5a)]);
      expect(await faultsOf(Buffer.from(await witness({ random }).stamp(text), 'base64'))).toEqual([]);
    }
  });

  it('refuses an answer to an earlier question, to another hash, a refusal and what is no stamp', async () => {
    const earlier = await aStamp();
    const answers: [string, Buffer][] = [
      ['answers another question', earlier],
      ['no time stamp', Buffer.from('<html>')],
      ['no time stamp', earlier.subarray(0, -1)],
      ['no time stamp', Buffer.concat([earlier, Buffer.alloc(1)])],
      ['no time stamp', Buffer.alloc(0)],
      ['is a refusal (status 2)', Buffer.from('30053003020102', 'hex')],
      ['answered too much', Buffer.alloc(64 * 1024 + 1)],
    ];
    for (const [words, answer] of answers) await expect(answeredBy(() => answer)).rejects.toThrow(words);
    const other = createHash('sha256').update('another').digest();
    const replaced = (answer: Buffer) => {
      const at = answer.indexOf(Buffer.from(digest, 'hex'));
      return Buffer.concat([answer.subarray(0, at), other, answer.subarray(at + 32)]);
    };
    await expect(answeredBy(replaced)).rejects.toThrow('is about something else');
  });

  it('asks nobody whose certificate is not trusted, and names one that fails or is away', async () => {
    const before = authority.asked();
    const peer = await startTlsPeer((response) => response.writeHead(503).end());
    const trust = { mode: 'ca' as const, pem: peer.caPem };
    await expect(witness({ trust }).stamp(text)).rejects.toThrow(WitnessError);
    expect(authority.asked()).toBe(before);
    const { url } = peer;
    await expect(witness({ url, trust }).stamp(text)).rejects.toThrow('answered with status 503');
    await peer.stop();
    await expect(witness({ url, trust }).stamp(text)).rejects.toThrow('did not answer');
  });

  it('refuses a forged signature, a certificate for servers, and the authority of another CA', async () => {
    const forged = (answer: Buffer) => Buffer.concat([answer.subarray(0, -1), Buffer.of(answer.at(-1)! ^ 1)]);
    await expect(answeredBy(forged)).rejects.toThrow('has a signature that does not fit');
    const forServers = await authority.issue('extendedKeyUsage=critical,serverAuth');
    await expect(answeredBy((answer) => signedBy(answer, forServers))).rejects.toThrow('not for time stamps alone');
    const stranger = await startTimeStampAuthority();
    const ca = stranger.signerCaPem;
    await expect(answeredBy((answer) => answer, { ca })).rejects.toThrow('none of the trusted CAs has issued');
    await stranger.stop();
  });

  it('warns when the settings name no CA of the authority', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, warn: (message: string) => lines.push(message) };

    await witness({ ca: undefined, log }).stamp(text);
    await witness({ log }).stamp(text);

    expect(lines).toEqual(['signer of the stamp not checked']);
  });
});
