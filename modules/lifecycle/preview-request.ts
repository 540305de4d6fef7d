import * as z from 'zod';
import type { Clock } from '../common/ports.ts';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { type CheckLoginPorts, checkLogin } from '../engines/check-account.ts';
import { refuseName } from '../engines/nxql.ts';
import { PortalFindings, planDigest, planHashOf } from '../portal/agreed-preview.ts';
import { PreviewTimeoutError } from '../portal/errors.ts';
import type { PortalMapping } from '../portal/mapping/mapping.ts';
import { freeFrom } from '../portal/nightly-jobs.ts';
import type { PortalPreview } from '../portal/ports.ts';
import { Login } from '../requests/start-body.ts';
import { Mentions, Subject, SubjectKind, WorkKind } from '../requests/subject.ts';
import type { LifecyclePolicy } from './policy.ts';
import { refuseSubject } from './start-request.ts';

/** Body of `POST /v1/preview`. */
export const PreviewBody = z.strictObject({
  kind: WorkKind,
  subject: Subject,
  mentions: Mentions.exactOptional(),
  login: Login,
});
export type PreviewBody = ReadonlyDeep<z.infer<typeof PreviewBody>>;

/** Answer of `POST /v1/preview`, after the login was checked (R14). The last two fields are for an anonymization. */
export const PreviewView = z
  .strictObject({
    kind: WorkKind,
    subjectKind: SubjectKind,
    rows: Count.describe('Rows that an anonymization would change'),
    ...PortalFindings.shape,
    planHash: z.string().exactOptional().describe('Hash of this preview; send it when you start the anonymization'),
    /** The Portal's nightly jobs come first. */
    notBefore: Instant.exactOptional().describe('Earliest start of an anonymization'),
  })
  .describe('What the Portal holds about a name. Personal data: it is not stored');
export type PreviewView = ReadonlyDeep<z.infer<typeof PreviewView>>;

export interface PreviewRequestPorts extends CheckLoginPorts {
  /** The database with the approved mapping, once that was found to fit; opened after the login was checked. */
  readonly openPreview: () => Promise<{ readonly portalPreview: PortalPreview; readonly mapping: PortalMapping }>;
  readonly clock: Clock;
  /** Base64url of 16 bytes from a CSPRNG. */
  readonly newNonce: () => string;
}

const PREVIEW_SECONDS = 22;
/** Maximum time of account check and search together: API Gateway waits 29 s for the answer. */
const MAX_ANSWER_MS = 27_000;

/** Shows what the Portal holds under a name, once the login is checked (R14). @throws {PreviewTimeoutError} and as `checkLogin` */
export async function previewRequest(
  { kind, subject: typed, mentions, login }: PreviewBody,
  { account, nightlyJobs }: Pick<LifecyclePolicy, 'account' | 'nightlyJobs'>,
  ports: PreviewRequestPorts,
): Promise<PreviewView> {
  const subject = { ...typed, ...(mentions && { mentions }) };
  refuseSubject(subject, refuseName);
  const beganAt = performance.now();
  await checkLogin(login, ['portal'], account, ports);

  const { portalPreview, mapping } = await ports.openPreview();
  const leftMs = MAX_ANSWER_MS - (performance.now() - beganAt);
  const signal = AbortSignal.timeout(Math.max(0, Math.min(PREVIEW_SECONDS * 1000, Math.floor(leftMs))));
  const findings = await portalPreview.findSubject(subject, signal).catch((error) => {
    throw signal.aborted ? new PreviewTimeoutError(PREVIEW_SECONDS) : error;
  });
  const changed = findings.tables.reduce((sum, { rows }) => sum + rows, 0);
  const view = { kind, subjectKind: subject.kind, rows: changed, ...findings };
  if (kind === 'retrieve') return view;
  const nonce = ports.newNonce();
  const now = ports.clock.now();
  const free = freeFrom(now, nightlyJobs);
  return {
    ...view,
    planHash: planHashOf(nonce, planDigest(nonce, subject, mapping, findings)),
    ...(free.getTime() > now.getTime() && { notBefore: free.toISOString() }),
  };
}
