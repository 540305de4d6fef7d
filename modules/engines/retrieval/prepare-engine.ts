import type { EngineClient } from './engine-client.ts';
import type { HeaderAgreement } from './header-agreement.ts';

/** Looks up on one Engine which of its accounts, or devices, the Subject's name may mean. */
export type LookUp<Found> = (client: EngineClient) => Promise<Found>;

/**
 * What a Request needs from one Engine before it is queried, one query at a time: first the look-up of the name, then this
 * Engine's share of the headers.
 * @param client of an Engine that is leased meanwhile
 */
export async function prepareEngine<Found>(
  client: EngineClient,
  lookUp: LookUp<Found>,
  agreement: HeaderAgreement,
): Promise<Found> {
  const found = await lookUp(client);
  await agreement.help(client);
  return found;
}
