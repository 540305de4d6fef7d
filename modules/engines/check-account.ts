import type { Log } from '../common/ports.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine, Source } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import { logFindings } from './contact/finding.ts';
import { Measurement, type MeasurePorts } from './contact/measurement.ts';
import {
  LoginInsufficientError,
  LoginNotVerifiableError,
  LoginRefusedError,
  NoFederatedEngineError,
} from './errors.ts';
import { federate } from './federation.ts';
import type { AccountPolicy } from './settings.ts';

/** Maximum time of List Engines and the check behind it: the caller waits, and API Gateway for 29 s at most. */
const CHECK_MS = 20_000;
/** Engines that are tried first; when none of them proves the account, the next group is larger by this factor. */
const [FIRST_GROUP, GROWTH] = [4, 64];
const ONCE = { rounds: 1, roundMs: 0 };
/** Wait about 8 s for busy Engines, then query one beside its other query. */
const PATIENCE = { rounds: 20, roundMs: 400, beside: true } as const;

export interface CheckLoginPorts extends MeasurePorts {
  readonly federation: readonly string[] | undefined;
  readonly log: Log;
}

/**
 * Proves the account before any work (R4): its password at the Portal, so that a wrong one is sent once and never to an Engine
 * (docs/decisions/0026); "none (full access)" by a harmless query whose answer holds the queried columns. If the Portal is queried with
 * another account, only one Engine gets a login that may be wrong.
 * @returns `unverified`: no Engine has a licence, there is none, or the policy allows it
 * @throws {LoginRefusedError | LoginInsufficientError | NoFederatedEngineError} {LoginNotVerifiableError} names what to change
 */
export async function checkLogin(
  login: Login,
  sources: readonly Source[],
  { whenUnproved }: AccountPolicy,
  ports: CheckLoginPorts,
): Promise<{ accountPrivacy: RequestRecord['accountPrivacy'] }> {
  const { checksLogin } = ports.portalApi;
  const measurement = new Measurement(login, ports, AbortSignal.timeout(CHECK_MS));
  const { engines } = federate(await ports.portalApi.listEngines(login), ports.federation);
  if (engines.length === 0 && sources.includes('engine')) throw new NoFederatedEngineError();
  await measureUntilProved(engines, measurement);
  if (measurement.isProved) return { accountPrivacy: 'full' };
  const kinds = [...measurement.trials.values()].map(({ kind }) => kind);
  logFindings(engines, measurement, ports.log);
  if (kinds.includes('refused')) throw checksLogin ? new LoginInsufficientError() : new LoginRefusedError('An Engine');
  const needsNoProof = kinds.length === engines.length && kinds.every((kind) => kind === 'unlicensed');
  if (checksLogin && (needsNoProof || whenUnproved === 'allow')) return { accountPrivacy: 'unverified' };
  throw new LoginNotVerifiableError(
    engines.map((engine) => ({ name: engine.name, findings: measurement.findingsOf(engine) })),
  );
}

/** Looks at few Engines first, and at more only while none has proved the account. Idle Engines come before busy ones. */
async function measureUntilProved(engines: readonly Engine[], measurement: Measurement): Promise<void> {
  const connected = engines.filter(({ status }) => status === 'CONNECTED');
  const trusted: Engine[] = [];
  for (let from = 0, to = FIRST_GROUP; from < connected.length && !measurement.isEnded; from = to, to *= GROWTH) {
    const group = await measurement.look(connected.slice(from, to));
    trusted.push(...group);
    await measurement.prove(group, ONCE);
  }
  await measurement.prove(trusted, PATIENCE);
}
