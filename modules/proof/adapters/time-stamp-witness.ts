import { buffer } from 'node:stream/consumers';
import { GdprError } from '../../common/errors.ts';
import type { Log } from '../../common/ports.ts';
import { send, TrustedAgent } from '../../net/https-agent.ts';
import type { Trust } from '../../net/trust.ts';
import type { Witness } from '../audit-anchors.ts';
import { WitnessError } from '../errors.ts';
import { hexOf, readTimeStamp, timeStampRequest } from '../time-stamp.ts';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER = 64 * 1024;

/**
 * A time-stamping authority over HTTPS. Its answer is taken only when it grants a stamp on this hash, with this nonce.
 * Source: RFC 3161 section 3.4.
 * @param random bytes of a nonce, which no answer to an earlier question can have
 */
export function timeStampWitness(options: {
  readonly url: string;
  readonly trust: Trust;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  readonly random: (size: number) => Buffer;
  readonly log: Log;
}): Witness {
  const { url, random, log } = options;
  const ask = async (body: Buffer): Promise<Buffer> => {
    const agent = new TrustedAgent({
      ...options,
      onUnchecked: () => log.warn('certificate not checked', { sourceId: 'witness' }),
    });
    try {
      const answer = await send(agent, {
        url: new URL(url),
        method: 'POST',
        body: { type: 'application/timestamp-query', bytes: body },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.statusCode !== 200) throw new WitnessError(`answered with status ${answer.statusCode}`);
      if (Number(answer.headers['content-length'] ?? 0) > MAX_ANSWER) throw new WitnessError('answered too much');
      return await buffer(answer);
    } catch (error) {
      throw error instanceof GdprError ? error : new WitnessError('did not answer', { cause: error });
    } finally {
      agent.destroy();
    }
  };
  return {
    async stamp(digest) {
      const nonce = random(16);
      const answer = await ask(timeStampRequest(digest, nonce));
      const stamped = readTimeStamp(answer);
      if (stamped.digest !== digest || stamped.nonce !== hexOf(nonce)) throw new WitnessError('stamped something else');
      return answer.toString('base64');
    },
  };
}
