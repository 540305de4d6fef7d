import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { type StandIns, standInsWith } from './stand-ins.ts';

/** Stand-ins for other people's names if the Request masks them. The key is unsealed for this call only. */
export async function standInsOf(
  requestId: string,
  { requests, vault }: { readonly requests: Requests; readonly vault: Vault },
): Promise<StandIns | undefined> {
  const { coUsers } = await requests.get(requestId);
  if (coUsers !== 'mask') return undefined;
  const [key, subject] = await Promise.all([vault.open(requestId, 'mask'), vault.open(requestId, 'subject')]);
  return standInsWith(key, subject);
}
