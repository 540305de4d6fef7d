import { boolean, type DerValue, integer, isOid, nothing, octets, oid, readDer, sequence } from './der.ts';
import { WitnessError } from './errors.ts';

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TIME_STAMP = '1.2.840.113549.1.9.16.1.4';

/** What a time-stamping authority has vouched for. */
export interface TimeStamp {
  /** SHA-256 that it was asked about, hex. */
  readonly digest: string;
  /** Number that it was asked with, hex without leading zeros. */
  readonly nonce: string | undefined;
  /** Its own time, ISO 8601 UTC. */
  readonly at: string;
}

/** Asks for a stamp on a SHA-256 (hex), with the authority's certificate in it. Source: RFC 3161 section 2.4.1. */
export const timeStampRequest = (digest: string, nonce: Buffer): Buffer =>
  sequence(
    integer(Buffer.from([1])),
    sequence(sequence(oid(SHA_256), nothing()), octets(Buffer.from(digest, 'hex'))),
    integer(nonce),
    boolean(true),
  );

/**
 * Reads what an authority answered; whether its signature holds is for `openssl ts -verify` to say.
 * @throws {WitnessError} it refused, or this is no time stamp
 * Source: RFC 3161 sections 2.4.2, 3.2 for the form, RFC 5652 section 5 for what it is wrapped in.
 */
export function readTimeStamp(answer: Buffer): TimeStamp {
  try {
    const [status, token] = within(only(readDer(answer)));
    const code = within(status!)[0]!.content;
    if (code.length !== 1 || code[0]! > 1) throw new WitnessError(`refused (status ${code.toString('hex')})`);
    const [type, wrapped] = within(token!);
    const [, , content] = within(only(within(wrapped!)));
    const [kind, octetsWithin] = within(content!);
    if (!isOid(type!, SIGNED_DATA) || !isOid(kind!, TIME_STAMP)) throw new RangeError('other content');
    return infoOf(only(within(octetsWithin!)).content);
  } catch (error) {
    if (error instanceof WitnessError) throw error;
    throw new WitnessError('answered something that is no time stamp', { cause: error });
  }
}

/** The `TSTInfo`. */
function infoOf(bytes: Buffer): TimeStamp {
  const [, , imprint, , time, ...rest] = within(only(readDer(bytes)));
  const [algorithm, digest] = within(imprint!);
  if (!isOid(within(algorithm!)[0]!, SHA_256)) throw new RangeError('another hash');
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d+)?)Z$/.exec(time!.content.toString('latin1'));
  const [, year, month, day, hour, minute, second] = parts ?? [];
  const nonce = rest.find(({ tag }) => tag === 0x02);
  return {
    digest: digest!.content.toString('hex'),
    nonce: nonce && hexOf(nonce.content),
    at: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`).toISOString(),
  };
}

/** A number as it is compared. */
export const hexOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(00)+(?=.)/, '');

const within = ({ content }: DerValue): DerValue[] => readDer(content);

function only(values: readonly DerValue[]): DerValue {
  if (values.length !== 1) throw new RangeError('more or less than one value');
  return values[0]!;
}
