import * as z from 'zod';
import type { Log } from '../../common/ports.ts';
import type { ReadonlyDeep } from '../../common/shapes.ts';
import type { PeerFault } from '../../net/look-at-peer.ts';
import type { Engine } from '../../requests/source.ts';
import type { EngineLook } from '../ports.ts';

/** Findings by code. `fault`: the Engine cannot be queried. `warning`: it can. `unknown`: nobody knows yet. */
const SEVERITIES = {
  'listed-broken': 'fault',
  'not-connected': 'fault',
  'not-listed': 'fault',
  'not-federated': 'warning',
  'name-unknown': 'fault',
  'address-forbidden': 'fault',
  refused: 'fault',
  'no-answer': 'fault',
  'tls-silent': 'fault',
  'no-tls': 'fault',
  'certificate-issuer': 'fault',
  'certificate-expired': 'fault',
  'certificate-not-yet-valid': 'fault',
  'certificate-no-alternative-name': 'fault',
  'certificate-other-name': 'fault',
  'certificate-other-fingerprint': 'fault',
  'trust-ended': 'fault',
  'login-refused': 'fault',
  'login-insufficient': 'fault',
  'no-licence': 'fault',
  'not-proved': 'fault',
  'version-old': 'warning',
  'clock-off': 'warning',
  'timezone-unknown': 'warning',
  'not-measured': 'unknown',
} as const satisfies Record<PeerFault | string, 'fault' | 'warning' | 'unknown'>;

const FindingCode = z.enum(Object.keys(SEVERITIES) as (keyof typeof SEVERITIES)[]);
type FindingCode = z.infer<typeof FindingCode>;

/** One thing that is not as it must be at an Engine. */
export const Finding = z.strictObject({
  code: FindingCode.describe('Stable'),
  severity: z
    .enum(['fault', 'warning', 'unknown'])
    .describe('`fault`: the Engine cannot be queried; `warning`: it can; `unknown`: it was not measured'),
  detail: z.string().describe('What is wrong, in one sentence'),
  setting: z.string().describe('What to change: a field of settings.json, or where else'),
});
export type Finding = ReadonlyDeep<z.infer<typeof Finding>>;

/** A finding. @param setting a field of settings.json, or where else to change it */
export const finding = (code: FindingCode, setting: string, detail: string): Finding => ({
  code,
  severity: SEVERITIES[code],
  detail,
  setting,
});

/** Logs what is wrong at each Engine: code and setting, no values and no names of people (R24). */
export function logFindings(
  engines: readonly Engine[],
  measured: { findingsOf(engine: Engine): readonly Finding[] },
  log: Log,
): void {
  for (const engine of engines)
    for (const { code, setting } of measured.findingsOf(engine))
      log.warn('engine not ready', { engineId: engine.engineId, error: code, field: setting });
}

/** A field of settings.json about one Engine. */
export const engineSetting = (name: string, field: 'host' | 'port' | 'trust' | 'timezone' | 'version'): string =>
  `engines.${name}.${field}`;

/** What is wrong with the address, the port and the certificate of an Engine. */
export const findingsOfLook = (name: string, look: EngineLook): Finding[] =>
  look.faults.map((fault) => {
    const { field, text } = PEER_FAULTS[fault];
    return finding(fault, engineSetting(name, field), text(look));
  });

const at = ({ host, port }: EngineLook): string => `${host} port ${port}`;

/** `The certificate (CN=engine-1, for no name, by CN=CA, valid until 2026-11-30, SHA-256 AA:BB) ...` */
function shown({ certificate }: EngineLook, fault: string): string {
  if (!certificate) return `The certificate ${fault}`;
  const { subject, alternativeNames, issuer, validFrom, validTo, sha256 } = certificate;
  const names = alternativeNames.length > 0 ? alternativeNames.join(', ') : 'no alternative name';
  const days = `valid ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`;
  return `The certificate (${subject}; ${names}; issued by ${issuer}; ${days}; SHA-256 ${sha256}) ${fault}`;
}

const PEER_FAULTS: Readonly<
  Record<PeerFault, { readonly field: 'host' | 'port' | 'trust'; readonly text: (look: EngineLook) => string }>
> = {
  'name-unknown': { field: 'host', text: ({ host }) => `The name ${host} cannot be resolved` },
  'address-forbidden': { field: 'host', text: ({ host }) => `${host} is a loopback, link-local or metadata address` },
  refused: { field: 'port', text: (look) => `${at(look)} refuses connections` },
  'no-answer': {
    field: 'port',
    text: (look) => `${at(look)} does not answer in time: a firewall may drop the packets, or the Engine is off`,
  },
  'tls-silent': { field: 'port', text: (look) => `${at(look)} accepts connections but does not answer by TLS in time` },
  'no-tls': { field: 'port', text: (look) => `${at(look)} does not speak TLS 1.2 or later` },
  'certificate-issuer': {
    field: 'trust',
    text: (look) =>
      shown(look, 'is not issued by a trusted authority; compare its fingerprint on the Engine, then trust it'),
  },
  'certificate-expired': {
    field: 'trust',
    text: (look) => shown(look, 'has expired; replace it, or trust its fingerprint'),
  },
  'certificate-not-yet-valid': {
    field: 'trust',
    text: (look) => shown(look, 'is not valid yet; check the clocks, or trust its fingerprint'),
  },
  'certificate-no-alternative-name': {
    field: 'trust',
    text: (look) =>
      shown(look, `names ${look.host} in no alternative name; set engines.<name>.host, or trust its fingerprint`),
  },
  'certificate-other-name': {
    field: 'trust',
    text: (look) =>
      shown(look, `is not for ${look.host}; set engines.<name>.host to its name, or trust its fingerprint`),
  },
  'certificate-other-fingerprint': {
    field: 'trust',
    text: (look) =>
      shown(look, 'does not have the fingerprint in the settings; find out why it changed before you trust it'),
  },
  'trust-ended': { field: 'trust', text: () => 'The time without check of the certificate has ended' },
};
