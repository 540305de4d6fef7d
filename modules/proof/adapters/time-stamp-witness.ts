import type { Log } from '../../common/ports.ts';
import { AnswerTooLongError, guardedBytes } from '../../net/json-call.ts';
import type { Trust } from '../../net/trust.ts';
import type { Witness } from '../audit-anchors.ts';
import { WitnessError } from '../errors.ts';

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Its answer counts only if it is a valid stamp of this text with this nonce. Source: RFC 3161 section 3.4. */
export function timeStampWitness(options: {
  readonly url: string;
  /** How the certificate of its HTTPS server is trusted. */
  readonly trust: Trust;
  /** PEM of the CAs that may issue the certificate that signs its stamps; absent: the signer is not checked. */
  readonly ca?: string | undefined;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  /** Bytes for a nonce, so that the answer to an earlier query is refused. */
  readonly random: (size: number) => Buffer;
  readonly log: Log;
}): Witness {
  const { url, ca, now, random, log } = options;
  const onUnchecked = () => log.warn('certificate not checked', { sourceId: 'witness' });
  const post = async (body: Buffer): Promise<Buffer> => {
    const headers = { 'content-type': 'application/timestamp-query' };
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const call = { method: 'POST', url: new URL(url), headers, body, ...limits } as const;
    const answer = await guardedBytes(call, { ...options, onUnchecked }).catch((error: unknown) => {
      const what = error instanceof AnswerTooLongError ? 'answered too much' : 'did not answer';
      throw new WitnessError(what, { cause: error });
    });
    if (answer.status !== 200) throw new WitnessError(`answered with status ${answer.status}`);
    return answer.body;
  };
  return {
    async stamp(text) {
      const { certificatesIn, stampFaults, timeStampRequest } = await import('../time-stamp.ts'); // 300 kB
      const trusted = ca === undefined ? undefined : certificatesIn(ca);
      if (!trusted) log.warn('signer of the stamp not checked', { sourceId: 'witness' });
      const nonce = random(16);
      const answer = await post(timeStampRequest(text, nonce));
      const [fault] = await stampFaults(answer, { text, at: now(), nonce }, trusted);
      if (fault) throw new WitnessError(`sent a stamp that ${fault}`);
      return answer.toString('base64');
    },
  };
}
