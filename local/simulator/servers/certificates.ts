import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, context, integer, octets, oid, sequence, set, time, utf8 } from '../../../modules/proof/der.ts';

const HOUR = 3_600_000;
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const LOOPBACK = sequence(context(7, Buffer.from([127, 0, 0, 1]), true), context(2, Buffer.from('localhost'), true));

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
  issue(commonName: string): ServerCertificate;
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
    extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.from([0])))), // basicConstraints: an authority
    extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)), // keyUsage: keyCertSign, cRLSign
  ];
  return {
    pem: certify(authority, authority, extensions),
    issue: (name) => {
      const server = makeParty(name);
      const cert = certify(server, authority, [
        extension('2.5.29.19', true, sequence()),
        extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)), // keyUsage: digitalSignature
        extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
        extension('2.5.29.17', false, LOOPBACK), // subjectAltName
        extension('2.5.29.35', false, sequence(context(0, keyId(authority), true))), // authorityKeyIdentifier
      ]);
      return { key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert };
    },
  };
}

const makeParty = (name: string): Party => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

/** The certificate of a party, signed by an authority, in PEM. */
function certify(party: Party, authority: Party, extensions: readonly Buffer[]): string {
  const now = Date.now();
  const body = sequence(
    context(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    distinguishedName(authority.name),
    sequence(time(new Date(now - HOUR)), time(new Date(now + 30 * 24 * HOUR))),
    distinguishedName(party.name),
    party.publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions, extension('2.5.29.14', false, octets(keyId(party))))), // subjectKeyIdentifier
  );
  const signature = sign('sha256', body, authority.privateKey);
  const certificate = sequence(body, ECDSA_WITH_SHA256, bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const distinguishedName = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(name))));

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));

const keyId = ({ publicKey }: Party): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
