import { X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventsView } from '../../client/types.ts';
import { anchorDigest, anchorFaults, checkTrail, type StampedAnchor } from '../../modules/proof/audit-anchors.ts';
import type { Connection, ConnectionOptions } from '../connection.ts';
import { ApiProblemError, UsageError } from '../errors.ts';
import { parseJson, readTyped } from '../files.ts';
import { print, printJson, warn } from '../output.ts';
import { listEvents, listRequests } from '../pages.ts';

export interface AuditOptions extends ConnectionOptions {
  readonly all?: true;
  readonly head?: string;
  readonly stamps?: string;
  readonly tsaCa?: string;
}

export async function verifyOne(trail: EventsView, anchors: readonly StampedAnchor[], options: AuditOptions) {
  const { requestId } = trail;
  const { faults: ofTrail, ...figures } = checkTrail(trail, anchors, options.head);
  const faults = [...ofTrail, ...(await anchorFaults(anchors, authorityCa(options)))];
  const { entries, anchors: count, head } = figures;
  const words = `request ${requestId}, ${entries} entries, ${count} anchors, head ${head}`;
  return conclude(faults, anchors, options, { requestId, ...figures }, words);
}

/** Every request that the Caller may see. Trails that only others may read are counted. */
export async function verifyAll({ ask }: Connection, anchors: readonly StampedAnchor[], options: AuditOptions) {
  const faults = await anchorFaults(anchors, authorityCa(options));
  let [checked, hidden] = [0, 0];
  const { requests } = await listRequests(ask, { limit: Number.POSITIVE_INFINITY });
  for (const { requestId } of requests) {
    const trail = await listEvents(ask, requestId).catch(unlessHidden);
    if (trail) checked += 1;
    else hidden += 1;
    for (const fault of trail ? checkTrail(trail, anchors).faults : []) faults.push(`request ${requestId}: ${fault}`);
  }
  const last = anchors.at(-1);
  const figures = { checked, hidden, anchors: anchors.length, ...(last && { anchor: anchorDigest(last) }) };
  const words = `${checked} requests, ${anchors.length} anchors${last ? `, the last ${figures.anchor}` : ''}`;
  const exitCode = conclude(faults, anchors, options, figures, words);
  if (!options.json && exitCode !== 1 && hidden > 0)
    print(`not checked: ${hidden} requests whose trails only others may read`);
  return exitCode;
}

function unlessHidden(error: unknown): undefined {
  if (!(error instanceof ApiProblemError && error.problem.status === 404)) throw error;
}

/** Reports what was found: `good` only without a fault and with nothing left unchecked. @param words the `figures` for people */
function conclude(
  faults: readonly string[],
  anchors: readonly StampedAnchor[],
  { json, tsaCa }: AuditOptions,
  figures: object,
  words: string,
): number {
  const isUnchecked = anchors.length > 0 && tsaCa === undefined;
  const unchecked = isUnchecked ? ['who signed the time stamps; give the CA of the authority with --tsa-ca FILE'] : [];
  const sound = faults.length === 0 && !isUnchecked;
  if (json) printJson({ ...figures, sound, faults, unchecked });
  else if (faults.length === 0) print(`${sound ? 'good' : 'no fault found'}: ${words}`);
  for (const fault of faults) warn(`not good: ${fault}`);
  for (const what of unchecked) warn(`not checked: ${what}`);
  if (faults.length > 0) return 1;
  return isUnchecked ? 3 : 0;
}

/** The CA of the authority, PEM. @throws {UsageError} the file does not begin with a certificate */
function authorityCa({ tsaCa }: AuditOptions): string | undefined {
  if (tsaCa === undefined) return undefined;
  const pem = readTyped(tsaCa, '--tsa-ca');
  try {
    new X509Certificate(pem);
    return pem;
  } catch (error) {
    throw new UsageError('--tsa-ca: FILE holds no certificate in PEM', { cause: error });
  }
}

/** The audit trail in a file. @throws {UsageError} there is none */
export function trailIn(file: string): EventsView {
  const trail = parseJson(readTyped(file, 'FILE')) as Partial<EventsView> | null | undefined;
  const entries: unknown = trail?.events;
  const isTrail = Array.isArray(entries) && entries.every((entry) => typeof entry === 'object' && entry !== null);
  if (!isTrail) throw new UsageError('FILE is not the output of `gdpr events ID --json`');
  try {
    checkTrail(trail as EventsView, []);
  } catch (error) {
    throw new UsageError('FILE holds what nobody can have hashed, such as 1e999', { cause: error });
  }
  return trail as EventsView;
}

/** Writes the time stamp of each anchor as `<SHA-256 of the anchor>.tsr`, for `openssl ts`. */
export async function keepStamps(anchors: readonly StampedAnchor[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const anchor of anchors)
    await writeFile(join(folder, `${anchorDigest(anchor)}.tsr`), Buffer.from(anchor.stamp, 'base64'));
}
