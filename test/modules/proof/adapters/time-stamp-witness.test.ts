import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeStampWitness } from '../../../../modules/proof/adapters/time-stamp-witness.ts';
import { WitnessError } from '../../../../modules/proof/errors.ts';
import { readTimeStamp } from '../../../../modules/proof/time-stamp.ts';
import { silentLog } from '../../../support/fakes.ts';
import {
  opensslAccepts,
  startTimeStampAuthority,
  type TimeStampAuthority,
} from '../../../support/time-stamp-authority.ts';
import { startTlsPeer } from '../../../support/tls-peer.ts';

const digest = createHash('sha256').update('an anchor').digest('hex');
let authority: TimeStampAuthority;
beforeAll(async () => {
  authority = await startTimeStampAuthority();
});
afterAll(() => authority?.stop());

const witnessAt = (url: string, pem: string, random: (size: number) => Buffer = randomBytes) =>
  timeStampWitness({
    url,
    trust: { mode: 'ca', pem },
    allowLoopback: true,
    now: () => new Date(),
    random,
    log: silentLog,
  });
const witness = (random?: (size: number) => Buffer) => witnessAt(authority.url, authority.caPem, random);

describe('timeStampWitness (R27, RFC 3161)', () => {
  it('gets a stamp that openssl takes for this hash, and for no other', async () => {
    const stamp = Buffer.from(await witness().stamp(digest), 'base64');
    const folder = await mkdtemp(join(tmpdir(), 'stamp-'));
    const file = join(folder, 'x.tsr');
    await writeFile(file, stamp);

    expect(await opensslAccepts(file, digest, authority)).toBe(true);
    expect(
      await opensslAccepts(
        file,
        digest.replace(/^./, (c) => (c === '0' ? '1' : '0')),
        authority,
      ),
    ).toBe(false);
    expect(readTimeStamp(stamp).digest).toBe(digest);
    expect(Math.abs(Date.parse(readTimeStamp(stamp).at) - Date.now())).toBeLessThan(60_000);
    await rm(folder, { recursive: true });
  });

  it('takes nonces with bits and zeros at their start', async () => {
    for (const first of ['ff', '80', '0080', '007f', '000001', '01', '00'.repeat(16)]) {
      const start = Buffer.from(first, 'hex');
      const random = (size: number) => Buffer.concat([start, Buffer.alloc(size - start.length, 0x5a)]);
      expect(readTimeStamp(Buffer.from(await witness(random).stamp(digest), 'base64')).digest).toBe(digest);
    }
  });

  it('refuses an answer to an earlier question, to another hash, a refusal and what is no stamp', async () => {
    const earlier = Buffer.from(await witness().stamp(digest), 'base64');
    const answers: [string, Buffer][] = [
      ['stamped something else', earlier],
      ['no time stamp', Buffer.from('<html>')],
      ['no time stamp', earlier.subarray(0, -1)],
      ['no time stamp', Buffer.alloc(0)],
      ['refused', Buffer.from('30053003020102', 'hex')],
    ];
    for (const [words, answer] of answers) {
      authority.answerBy(() => answer);
      await expect(witness().stamp(digest)).rejects.toThrow(words);
    }
    const other = createHash('sha256').update('another').digest();
    authority.answerBy((answer) => {
      const at = answer.indexOf(Buffer.from(digest, 'hex'));
      return Buffer.concat([answer.subarray(0, at), other, answer.subarray(at + 32)]);
    });
    await expect(witness().stamp(digest)).rejects.toThrow('stamped something else');
    authority.answerBy((answer) => answer);
  });

  it('asks nobody whose certificate is not trusted, and names one that fails or is away', async () => {
    const before = authority.asked();
    const peer = await startTlsPeer((response) => response.writeHead(503).end());
    await expect(witnessAt(authority.url, peer.caPem).stamp(digest)).rejects.toThrow(WitnessError);
    expect(authority.asked()).toBe(before);
    await expect(witnessAt(peer.url, peer.caPem).stamp(digest)).rejects.toThrow('answered with status 503');
    await peer.stop();
    await expect(witnessAt(peer.url, peer.caPem).stamp(digest)).rejects.toThrow('did not answer');
  });
});
