import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { type Finding, finding, logFindings } from './contact/finding.ts';
import { Measurement } from './contact/measurement.ts';
import type { EnginesView, MeasuredEngine } from './engines-view.ts';
import { federate } from './federation.ts';

/** Maximum time of the whole call: API Gateway waits 29 s for the answer. */
const MAX_MS = 20_000;
/** Wait about a second for a busy Engine, then query it beside its other query. */
const PATIENCE = { rounds: 3, roundMs: 400, beside: true } as const;

/**
 * The Engines list of the dialog, each with its measured state (R5): address, certificate, login, licence, full access,
 * version, clock. An Engine that was not measured in time says so. Listed Engines outside the federation are shown, not contacted.
 * @throws {LoginRefusedError | PortalApiUnavailableError}
 */
export async function listEngines(login: Login, ports: CheckLoginPorts): Promise<EnginesView> {
  const measurement = new Measurement(login, ports, AbortSignal.timeout(MAX_MS));
  const listed = await ports.portalApi.listEngines(login);
  const { engines, federation } = federate(listed, ports.federation);
  const trusted = await measurement.look(engines.filter(({ status }) => status === 'CONNECTED'));
  await measurement.prove(trusted, PATIENCE);
  await measurement.tryAll(trusted, PATIENCE);
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
