import { anchorDigest, anchorFaults, headFaults, type StampedAnchor } from '../../modules/proof/audit-anchors.ts';
import { chainFaults } from '../../modules/requests/audit/trail.ts';
import type { ApiClient } from '../api-client.ts';
import type { Given } from '../arguments.ts';
import { ApiProblemError } from '../errors.ts';
import { print, printJson, warn } from '../output.ts';
import { listEvents, listRequestIds } from '../pages.ts';

/** Every Request that the Caller may see, its trail compared with the anchors. Trails of others are counted, not shown. */
export async function verifyAll(
  api: ApiClient,
  anchors: readonly StampedAnchor[],
  { json }: Given,
  signal: AbortSignal,
): Promise<number> {
  const faults = anchorFaults(anchors);
  let [checked, hidden] = [0, 0];
  for (const requestId of await listRequestIds(api, signal)) {
    const found = await faultsOf(api, requestId, anchors, signal);
    if (!found) hidden += 1;
    else {
      checked += 1;
      faults.push(...found.map((fault) => `request ${requestId}: ${fault}`));
    }
  }
  const sound = faults.length === 0;
  const last = anchors.at(-1);
  const figures = { checked, hidden, anchors: anchors.length, ...(last && { anchor: anchorDigest(last) }) };
  if (json) printJson({ sound, faults, ...figures });
  else if (sound) {
    print(`good: ${checked} requests, ${anchors.length} anchors${last ? `, the last ${anchorDigest(last)}` : ''}`);
    if (hidden > 0) print(`not looked at: ${hidden} requests whose trails only others may read`);
  }
  for (const fault of faults) warn(`not good: ${fault}`);
  return sound ? 0 : 1;
}

/** @returns nothing for a trail that this Caller may not read */
async function faultsOf(
  api: ApiClient,
  requestId: string,
  anchors: readonly StampedAnchor[],
  signal: AbortSignal,
): Promise<string[] | undefined> {
  try {
    const { events } = await listEvents(api, requestId, signal);
    if (events.length === 0) return ['there is no entry'];
    return [...chainFaults(requestId, events), ...headFaults(requestId, events, anchors)];
  } catch (error) {
    if (error instanceof ApiProblemError && error.problem.status === 404) return undefined;
    throw error;
  }
}
