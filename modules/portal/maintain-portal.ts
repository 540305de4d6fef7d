import type { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { PortalMaintainer } from './ports.ts';

export interface MaintainPortalPorts {
  readonly requests: Requests;
  /** Undefined when no role for it is set up. */
  readonly portalMaintainer: PortalMaintainer | undefined;
}

/** Task `Maintain Portal`: removes old row versions and stale statistics. What fails is written into the receipt. */
export async function maintainPortal(
  { requestId }: Attempt,
  { requests, portalMaintainer }: MaintainPortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const { receipt } = await requests.get(requestId);
  if (!receipt) return {};
  const { rowsByTable, writtenByTriggers = {} } = receipt;
  const changed = Object.keys(rowsByTable).filter((table) => rowsByTable[table]! > 0);
  const tables = [...new Set([...changed, ...Object.keys(writtenByTriggers)])];
  const unmaintained = portalMaintainer
    ? await portalMaintainer.maintain(tables, signal)
    : ['old row versions and planner statistics: no role for maintenance is set up'];
  await requests.note(requestId, { receipt: { ...receipt, unmaintained } });
  return {};
}
