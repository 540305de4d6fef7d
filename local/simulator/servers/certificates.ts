import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as asn1 from 'asn1js';

const HOUR = 3_600_000;

const sequence = (...value: asn1.AsnType[]) => new asn1.Sequence({ value });
const oid = (value: string) => new asn1.ObjectIdentifier({ value });
const octets = (valueHex: Uint8Array) => new asn1.OctetString({ valueHex });
/** @param unusedBits how many bits at the end do not count */
const bits = (valueHex: Uint8Array, unusedBits = 0) => new asn1.BitString({ valueHex, unusedBits });
const derOf = (value: asn1.AsnType): Buffer => Buffer.from(value.toBER());
const inContext = (tagNumber: number, ...value: asn1.AsnType[]) =>
  new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
const bytesInContext = (tagNumber: number, valueHex: Uint8Array) =>
  new asn1.Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex });

const ECDSA_WITH_SHA256 = () => sequence(oid('1.2.840.10045.4.3.2'));
const nameItems = (names: readonly string[]) => names.map((name) => bytesInContext(2, Buffer.from(name)));

/** Key and certificate of one server, in PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority that lives as long as the process; its key is in no file. */
interface Authority {
  /** Certificate that clients are to trust, in PEM. */
  readonly pem: string;
  /** Issues a certificate for 127.0.0.1 and localhost, good for 30 days. */
  issue(commonName: string, unlike?: UnlikeCertificate): ServerCertificate;
}

/** How a certificate differs from the usual one. */
interface UnlikeCertificate {
  /** Further names of the server. */
  readonly also?: readonly string[];
  /** Its alternative name instead; `null` for none. */
  readonly name?: string | null;
  /** How many hours ago it ended; it was good for 30 days. */
  readonly endedHours?: number;
}

interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Makes an authority with a new ECDSA P-256 key. Source of the layout: RFC 5280. */
export function createAuthority(commonName: string): Authority {
  const authority = makeParty(commonName);
  const extensions = [
    extension('2.5.29.19', true, sequence(new asn1.Boolean({ value: true }), new asn1.Integer({ value: 0 }))), // basicConstraints: an authority
    extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)), // keyUsage: keyCertSign, cRLSign
  ];
  return {
    pem: certify(authority, authority, extensions),
    issue: (commonName, { also = [], name, endedHours } = {}) => {
      const server = makeParty(commonName);
      const usual = [bytesInContext(7, Buffer.from([127, 0, 0, 1])), ...nameItems(['localhost', ...also])];
      const names = sequence(...(name === undefined ? usual : nameItems([name ?? ''])));
      const end = endedHours === undefined ? undefined : Date.now() - endedHours * HOUR;
      const extended = [
        extension('2.5.29.19', true, sequence()),
        extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)), // keyUsage: digitalSignature
        extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
        ...(name === null ? [] : [extension('2.5.29.17', false, names)]), // subjectAltName
        extension('2.5.29.35', false, sequence(bytesInContext(0, keyId(authority)))), // authorityKeyIdentifier
      ];
      const cert = certify(server, authority, extended, end);
      return { key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert };
    },
  };
}

const makeParty = (name: string): Party => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

/** The certificate of a party, signed by an authority, in PEM. */
function certify(
  party: Party,
  authority: Party,
  extensions: readonly asn1.Sequence[],
  end = Date.now() + 30 * 24 * HOUR,
): string {
  const body = sequence(
    inContext(0, new asn1.Integer({ value: 2 })), // version 3
    asn1.Integer.fromBigInt(`0x01${randomBytes(15).toString('hex')}`),
    ECDSA_WITH_SHA256(),
    distinguishedName(authority.name),
    sequence(time(Math.min(Date.now() - HOUR, end - 30 * 24 * HOUR)), time(end)),
    distinguishedName(party.name),
    asn1.fromBER(party.publicKey.export({ type: 'spki', format: 'der' })).result,
    inContext(3, sequence(...extensions, extension('2.5.29.14', false, octets(keyId(party))))), // subjectKeyIdentifier
  );
  const signature = sign('sha256', derOf(body), authority.privateKey);
  const certificate = derOf(sequence(body, ECDSA_WITH_SHA256(), bits(signature))).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const time = (instant: number) => new asn1.UTCTime({ valueDate: new Date(instant) });

const distinguishedName = (name: string) =>
  sequence(new asn1.Set({ value: [sequence(oid('2.5.4.3'), new asn1.Utf8String({ value: name }))] }));

const extension = (id: string, critical: boolean, value: asn1.AsnType) =>
  sequence(oid(id), ...(critical ? [new asn1.Boolean({ value: true })] : []), octets(derOf(value)));

const keyId = ({ publicKey }: Party): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
