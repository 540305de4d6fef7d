import type { PortalApi } from '../common/ports.ts';
import type { EnginesView, Login } from '../requests/record.ts';
import { federate } from './federation.ts';

/** The Engines list of the dialog, each with its state (R5). @throws {LoginRefusedError | PortalApiUnavailableError} */
export async function listEngines(
  login: Login,
  ports: { readonly portalApi: PortalApi; readonly federation: readonly string[] | undefined },
): Promise<EnginesView> {
  const { engines, federation } = federate(await ports.portalApi.listEngines(login), ports.federation);
  return { federation, engines: engines.map(({ address: _address, ...engine }) => engine) };
}
