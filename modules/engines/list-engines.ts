import * as z from 'zod';
import { Federation } from '../archive/fragment.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { ShownCertificate } from '../net/look-at-peer.ts';
import { Trust } from '../net/trust.ts';
import { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { Finding, finding, logFindings } from './contact/finding.ts';
import { Measurement } from './contact/measurement.ts';
import { federate } from './federation.ts';

/** Maximum time of the whole call: API Gateway waits 29 s for the answer. */
const MAX_MS = 20_000;
/** Wait about a second for a busy Engine, then query it beside its other query. */
const PATIENCE = { rounds: 3, roundMs: 400, beside: true } as const;

/**
 * Each listed Engine with its measured state (R5), or that it was not measured in time. Those outside the federation are not contacted.
 * @param given without it the Engines are only looked at; it must be there where the Portal checks it
 * @throws {LoginRefusedError | PortalApiUnavailableError}
 */
export async function listEngines(given: Login | undefined, ports: CheckLoginPorts): Promise<EnginesView> {
  const login = given ?? { username: '', password: '' };
  const measurement = new Measurement(login, ports, AbortSignal.timeout(MAX_MS));
  const listed = await ports.portalApi.listEngines(login);
  const { engines, federation } = federate(listed, ports.federation);
  const trusted = await measurement.look(engines.filter(({ status }) => status === 'CONNECTED'));
  if (given) {
    await measurement.prove(trusted, PATIENCE);
    await measurement.tryAll(trusted, PATIENCE);
  }
  const outside = listed.filter((engine) => !engines.includes(engine));
  const findingsOf = (engine: Engine) => (outside.includes(engine) ? [NOT_FEDERATED] : measurement.findingsOf(engine));
  const shown = [...engines, ...outside];
  logFindings(shown, { findingsOf }, ports.log);
  return { federation, engines: shown.map((engine) => describe(engine, measurement, findingsOf(engine))) };
}

const NOT_FEDERATED = finding(
  'not-federated',
  'federation',
  'The Portal lists it, but the settings do not federate it: it is not queried',
);

function describe(engine: Engine, measurement: Measurement, findings: readonly Finding[]): MeasuredEngine {
  const { address: _address, ...facts } = engine;
  const certificate = measurement.looks.get(engine)?.certificate;
  const { clockSeconds } = measurement.trials.get(engine) ?? {};
  return {
    ...facts,
    ...(findings.includes(NOT_FEDERATED) && { status: 'NOT_FEDERATED' }),
    state: stateOf(findings),
    findings,
    ...(certificate && { certificate, trust: { mode: 'fingerprint' as const, sha256: certificate.sha256 } }),
    ...(clockSeconds !== undefined && { clockSeconds }),
  };
}

function stateOf(findings: readonly Finding[]): MeasuredEngine['state'] {
  const severities = findings.map(({ severity }) => severity);
  if (severities.includes('fault')) return 'NOT_READY';
  if (severities.includes('unknown')) return 'NOT_MEASURED';
  return severities.length > 0 ? 'WARNING' : 'READY';
}

const MeasuredEngine = Engine.omit({ address: true }).extend({
  state: z
    .enum(['READY', 'WARNING', 'NOT_READY', 'NOT_MEASURED'])
    .describe('`WARNING`: it can be queried, but see `findings`; `NOT_READY`: it cannot'),
  findings: z.array(Finding).describe('What is wrong, and what to change; none when it is ready'),
  certificate: ShownCertificate.exactOptional(),
  trust: Trust.exactOptional().describe(
    '`engines.<name>.trust` for settings.json that trusts this certificate alone: compare the fingerprint on the Engine first',
  ),
  clockSeconds: z.int().exactOptional().describe('How far its clock is ahead of ours'),
});
type MeasuredEngine = ReadonlyDeep<z.infer<typeof MeasuredEngine>>;

/** Answer of `POST /v1/engines`: the Engines list of the dialog (R5). */
export const EnginesView = z.strictObject({ federation: Federation, engines: z.array(MeasuredEngine) });
export type EnginesView = ReadonlyDeep<z.infer<typeof EnginesView>>;
