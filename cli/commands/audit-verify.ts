import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventsView } from '../../client/types.ts';
import { anchorDigest, anchorFaults, type StampedAnchor } from '../../modules/proof/audit-anchors.ts';
import { checkTrail, type TrailCheck } from '../../modules/proof/trail-check.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { ApiProblemError, UsageError } from '../errors.ts';
import { parseJson, readTyped } from '../files.ts';
import { print, printJson, warn } from '../output.ts';
import { listEvents, listRequests } from '../pages.ts';

/** Options of `gdpr audit verify`. */
export interface AuditOptions extends ConnectionOptions {
  readonly all?: true;
  readonly head?: string;
  readonly stamps?: string;
}

/** One audit trail, compared with anchors. @returns the exit code */
export function verifyOne(
  trail: EventsView,
  anchors: readonly StampedAnchor[],
  { json, head: known }: AuditOptions,
): number {
  const { requestId } = trail;
  const { faults: found, ...figures } = checkTrail(trail, anchors, known);
  const faults = [...found, ...anchorFaults(anchors)];
  const { entries, anchors: count, head } = figures;
  if (json) printJson({ requestId, sound: faults.length === 0, faults, ...figures });
  else if (faults.length === 0) print(`good: request ${requestId}, ${entries} entries, ${count} anchors, head ${head}`);
  return warnOf(faults);
}

/** Every request that the Caller may see. Trails that only others may read are counted. */
export async function verifyAll(
  connection: Connection,
  anchors: readonly StampedAnchor[],
  { json }: AuditOptions,
): Promise<number> {
  const faults = anchorFaults(anchors);
  let [checked, hidden] = [0, 0];
  const { requests } = await listRequests(connection.api, { limit: Number.POSITIVE_INFINITY }, connection.signal);
  for (const { requestId } of requests) {
    const check = await checkRequest(connection, requestId, anchors);
    if (check) checked += 1;
    else hidden += 1;
    for (const fault of check?.faults ?? []) faults.push(`request ${requestId}: ${fault}`);
  }
  const last = anchors.at(-1);
  const figures = { checked, hidden, anchors: anchors.length, ...(last && { anchor: anchorDigest(last) }) };
  if (json) printJson({ sound: faults.length === 0, faults, ...figures });
  else if (faults.length === 0) {
    print(`good: ${checked} requests, ${anchors.length} anchors${last ? `, the last ${anchorDigest(last)}` : ''}`);
    if (hidden > 0) print(`not checked: ${hidden} requests whose trails only others may read`);
  }
  return warnOf(faults);
}

/** @returns undefined for a trail that this Caller may not read */
async function checkRequest(
  { api, signal }: Connection,
  requestId: string,
  anchors: readonly StampedAnchor[],
): Promise<TrailCheck | undefined> {
  try {
    return checkTrail(await listEvents(api, requestId, signal), anchors);
  } catch (error) {
    if (error instanceof ApiProblemError && error.problem.status === 404) return undefined;
    throw error;
  }
}

function warnOf(faults: readonly string[]): number {
  for (const fault of faults) warn(`not good: ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

/** The audit trail in a file. @throws {UsageError} there is none */
export function trailIn(file: string): EventsView {
  const trail = parseJson(readTyped(file, 'FILE')) as Partial<EventsView> | null | undefined;
  const entries: unknown = trail?.events;
  const isTrail = Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null);
  if (!isTrail) throw new UsageError('FILE is not the output of `gdpr events ID --json`');
  return trail as EventsView;
}

/** Writes the time stamp of each anchor as `<SHA-256 of the anchor>.tsr`, for `openssl ts`. */
export async function keepStamps(anchors: readonly StampedAnchor[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const anchor of anchors) {
    await writeFile(join(folder, `${anchorDigest(anchor)}.tsr`), Buffer.from(anchor.stamp, 'base64'));
  }
}
