import type { Login } from '../requests/start-body.ts';
import type { EnginesView } from './engines-view.ts';
import { federate } from './federation.ts';
import type { PortalApi } from './ports.ts';

/** The Engines list of the dialog, each with its state (R5). @throws {LoginRefusedError | PortalApiUnavailableError} */
export async function listEngines(
  login: Login,
  ports: { readonly portalApi: PortalApi; readonly federation: readonly string[] | undefined },
): Promise<EnginesView> {
  const { engines, federation } = federate(await ports.portalApi.listEngines(login), ports.federation);
  return { federation, engines: engines.map(({ address: _address, ...engine }) => engine) };
}
