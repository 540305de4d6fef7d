import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate as NodeCertificate, type TLSSocket } from 'node:tls';
import * as z from 'zod';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { type ConnectionRules, ForbiddenAddressError, isForbidden, lookUpGuarded } from './https-agent.ts';

export const ShownCertificate = z.strictObject({
  subject: z.string(),
  alternativeNames: z.array(z.string()),
  issuer: z.string(),
  validFrom: z.iso.datetime(),
  validTo: z.iso.datetime(),
  sha256: z.string().describe('Fingerprint, `AA:BB:...`, as `trust` of settings.json takes it'),
});
export type ShownCertificate = ReadonlyDeep<z.infer<typeof ShownCertificate>>;

/** Why a peer cannot be reached, or must not get a password. */
export type PeerFault =
  | 'name-unknown'
  | 'address-forbidden'
  | 'refused'
  | 'no-answer'
  | 'tls-silent'
  | 'no-tls'
  | 'certificate-issuer'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-no-alternative-name'
  | 'certificate-other-name'
  | 'certificate-other-fingerprint'
  | 'trust-ended';

/** What a look at a peer showed; without faults it may get a password. */
export type PeerLook = { readonly faults: readonly PeerFault[]; readonly certificate?: ShownCertificate };

/** Maximum alternative names that are shown, and maximum characters of each text of a certificate. */
const MAX_NAMES = 20;
const MAX_TEXT = 256;

/**
 * Connects to a peer by TLS, reads its certificate and closes. It sends no byte of HTTP.
 * @param timeoutMs for name look-up, TCP and TLS together
 */
export function lookAtPeer(
  { host, port }: { readonly host: string; readonly port: number },
  rules: ConnectionRules,
  timeoutMs: number,
): Promise<PeerLook> {
  const { trust, allowLoopback } = rules;
  if (!allowLoopback && isIP(host) && isForbidden(host)) return Promise.resolve({ faults: ['address-forbidden'] });
  return new Promise((resolve) => {
    let isConnected = false;
    const socket = connect({
      host,
      port,
      ...(!isIP(host) && { servername: host }),
      ...(!allowLoopback && { lookup: lookUpGuarded }),
      ...(trust.mode === 'ca' && trust.pem !== undefined && { ca: trust.pem }),
      rejectUnauthorized: false, // an untrusted certificate is to be shown, too
    });
    const end = (look: PeerLook) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(look);
    };
    const timer = setTimeout(() => end({ faults: [isConnected ? 'tls-silent' : 'no-answer'] }), timeoutMs);
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.on('error', (error) => end({ faults: [isConnected ? 'no-tls' : unconnected(error)] }));
    socket.once('secureConnect', () => end(readCertificate(socket, host, rules)));
  });
}

function unconnected(error: NodeJS.ErrnoException): PeerFault {
  if (error instanceof ForbiddenAddressError) return 'address-forbidden';
  if (error.syscall === 'getaddrinfo') return 'name-unknown';
  return error.code === 'ECONNREFUSED' ? 'refused' : 'no-answer';
}

function readCertificate(socket: TLSSocket, host: string, { trust, now }: ConnectionRules): PeerLook {
  const shown = socket.getPeerCertificate();
  if (!shown.raw) return { faults: ['no-tls'] };
  const certificate = describe(new X509Certificate(shown.raw));
  if (trust.mode === 'fingerprint')
    return { certificate, faults: shown.fingerprint256 === trust.sha256 ? [] : ['certificate-other-fingerprint'] };
  if (trust.mode === 'insecure')
    return { certificate, faults: now().toISOString().slice(0, 10) > trust.until ? ['trust-ended'] : [] };
  const chain = socket.authorized ? undefined : String(socket.authorizationError);
  return { certificate, faults: [...new Set([...chainFaults(chain), ...ownFaults(certificate, shown, host, now())])] };
}

/** What OpenSSL says of the chain. Node checks the name of the host only when the chain is good. */
function chainFaults(code: string | undefined): PeerFault[] {
  if (code === undefined || code === 'ERR_TLS_CERT_ALTNAME_INVALID') return [];
  if (code === 'CERT_HAS_EXPIRED') return ['certificate-expired'];
  return [code === 'CERT_NOT_YET_VALID' ? 'certificate-not-yet-valid' : 'certificate-issuer'];
}

/** What the certificate itself shows, whoever issued it. */
function ownFaults({ validFrom, validTo }: ShownCertificate, shown: NodeCertificate, host: string, now: Date) {
  const faults: PeerFault[] = [];
  if (Date.parse(validTo) < now.getTime()) faults.push('certificate-expired');
  if (Date.parse(validFrom) > now.getTime()) faults.push('certificate-not-yet-valid');
  if (checkServerIdentity(host, shown))
    faults.push(shown.subjectaltname ? 'certificate-other-name' : 'certificate-no-alternative-name');
  return faults;
}

const describe = (certificate: X509Certificate): ShownCertificate => ({
  subject: oneLine(certificate.subject),
  alternativeNames: (certificate.subjectAltName ?? '')
    .split(/, (?=[A-Za-z ]+:)/)
    .filter((name) => name !== '')
    .slice(0, MAX_NAMES)
    .map(oneLine),
  issuer: oneLine(certificate.issuer),
  validFrom: new Date(certificate.validFrom).toISOString(),
  validTo: new Date(certificate.validTo).toISOString(),
  sha256: certificate.fingerprint256,
});

const oneLine = (text: string | undefined): string => (text ?? '').replaceAll('\n', ', ').slice(0, MAX_TEXT);
