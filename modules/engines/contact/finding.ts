import * as z from 'zod';
import type { Log } from '../../common/ports.ts';
import type { ReadonlyDeep } from '../../common/shapes.ts';
import type { PeerFault } from '../../net/look-at-peer.ts';
import type { Engine } from '../../requests/source.ts';
import type { EngineLook } from '../ports.ts';

/** What a look at a peer can show: the setting to change, and the sentence. */
const LOOK = {
  'name-unknown': ['host', ({ host }) => `The name ${host} cannot be resolved`],
  'address-forbidden': ['host', ({ host }) => `${host} is a loopback, link-local or metadata address`],
  refused: ['port', (look) => `${at(look)} refuses connections`],
  'no-answer': ['port', (look) => `${at(look)} does not answer in time: a firewall may drop the packets`],
  'tls-silent': ['port', (look) => `${at(look)} accepts connections but does not answer by TLS in time`],
  'no-tls': ['port', (look) => `${at(look)} does not speak TLS 1.2 or later`],
  'certificate-issuer': ['trust', (look) => shown(look, 'is not issued by a trusted authority')],
  'certificate-expired': ['trust', (look) => shown(look, 'has expired: replace it')],
  'certificate-not-yet-valid': ['trust', (look) => shown(look, 'is not valid yet: check the clocks')],
  'certificate-no-alternative-name': ['trust', (look) => shown(look, 'does not name this address')],
  'certificate-other-name': ['trust', (look) => shown(look, 'is for another name: call it by that name')],
  'certificate-other-fingerprint': ['trust', (look) => shown(look, 'has another fingerprint: find out why')],
  'trust-ended': ['trust', (look) => shown(look, 'is not checked, and the time for that has ended')],
} as const satisfies Record<PeerFault, readonly ['host' | 'port' | 'trust', (look: EngineLook) => string]>;

/** The other findings by code. `fault`: the Engine cannot be queried. `warning`: it can. `unknown`: it was not measured. */
const SEVERITIES = {
  'listed-broken': 'fault',
  'not-connected': 'fault',
  'not-listed': 'fault',
  'not-federated': 'warning',
  'login-refused': 'fault',
  'login-insufficient': 'fault',
  'no-licence': 'fault',
  'not-proved': 'fault',
  'version-old': 'warning',
  'clock-off': 'warning',
  'timezone-unknown': 'warning',
  'not-measured': 'unknown',
} as const;

type FindingCode = PeerFault | keyof typeof SEVERITIES;

/** One thing that is not as it must be at an Engine. */
export const Finding = z.strictObject({
  code: z.enum(Object.keys({ ...LOOK, ...SEVERITIES }) as FindingCode[]).describe('Stable'),
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
  severity: code in LOOK ? 'fault' : SEVERITIES[code as keyof typeof SEVERITIES],
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

/** What is wrong with the address, the port and the certificate of a peer. @param settingOf names the setting of each */
export const findingsOfLook = (look: EngineLook, settingOf: (field: 'host' | 'port' | 'trust') => string): Finding[] =>
  look.faults.map((fault) => finding(fault, settingOf(LOOK[fault][0]), LOOK[fault][1](look)));

const at = ({ host, port }: EngineLook): string => `${host} port ${port}`;

/** The sentence about a certificate, with all that it says of itself. */
function shown(look: EngineLook, fault: string): string {
  const { subject, alternativeNames, issuer, validFrom, validTo, sha256 } = look.certificate!;
  const names = alternativeNames.join(', ') || 'no alternative name';
  const days = `valid ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}`;
  const facts = [subject, names, `issued by ${issuer}`, days, `SHA-256 ${sha256}`].join('; ');
  return `The certificate at ${at(look)} ${fault} (${facts}); before you trust its fingerprint, compare it on that machine`;
}
