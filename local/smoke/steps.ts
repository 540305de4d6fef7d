import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { InputOf } from '../../client/request.ts';
import type { DoctorReport, PreviewView, RequestView } from '../../client/types.ts';
import { verifyArchive } from '../../modules/archive/verify-archive.ts';
import { type Check, checked } from '../../modules/common/doctor.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import { mayHaveMore } from '../../modules/requests/state-machine.ts';
import { type Api, ApiRefusal } from './api.ts';
import type { Options } from './options.ts';
import type { Traces } from './traces.ts';

/** What the steps that call the API need. */
export interface Caller {
  readonly api: Api;
  readonly options: Options;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
  readonly traces: Traces;
}
type Found = Promise<string | readonly Check[]>;

/** For the operators who see the requests of a smoke run in their list. */
const NOTE = 'smoke run';
const MANUAL = 'docs/operations.md';
const PREVIEW_LATE = 'docs/problems/preview-timeout.md';
const SHOWN: readonly unknown[] = ['fault', 'warning', 'not measured'];

/** The doctor inside the system: its faults and warnings, each with what to change. */
export async function doctor({ api }: Caller): Found {
  const { checks }: DoctorReport = await api.call('doctor', {});
  if (checks.length === 0) return [checked('Doctor', 'fault', 'It has looked at nothing', 'npx cdk deploy --all')];
  const shown = checks.filter(({ state }) => SHOWN.includes(state));
  if (shown.length === 0) return `${checks.length} checks, and nothing is wrong`;
  return shown.map(({ name, state, evidence, mend }) => checked(`Doctor: ${name}`, state, evidence, mend));
}

/** Retrieves the data of the test account, downloads it by its link, and checks every file. The archive is destroyed then. */
export async function retrieval(caller: Caller, signal: AbortSignal): Found {
  const { api, traces } = caller;
  const { user, login } = caller.options;
  const name = 'Retrieval';
  const subject = { kind: 'user', name: user } as const;
  const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login, note: NOTE } as const;
  const view = await api.run({ ...body, sources: [...body.sources] }, caller, signal);
  const path = { requestId: view.requestId };
  if (view.state === 'NOTHING_FOUND')
    return [checked(name, 'fault', 'Nothing is known of the test account', '--user: as the Finder shows the name')];
  if (view.state !== 'COMPLETED' && view.state !== 'COMPLETED_WITH_ERRORS') return [endedOtherwise(name, view)];
  const { url } = await api.call('createLink', { path });
  const answer = await fetch(url, { signal });
  if (!answer.ok || !answer.body)
    return [checked(name, 'fault', `The link answers with ${answer.status}`, 'the bucket, its key and its policy')];
  const archive = await verifyArchive(Readable.fromWeb(answer.body as ReadableStream));
  await api.call('deleteArchive', { path });
  traces.forget(`Request ${view.requestId}`);
  if (archive.requestId !== view.requestId)
    return [checked(name, 'fault', `The link leads to the archive of request ${archive.requestId}`, MANUAL)];
  const words = `${archive.files} files and ${archive.rows} rows came by the link and are sound; the archive is destroyed`;
  const missing = view.progress.filter(mayHaveMore).map(({ name, state }) => `${name} (${state})`);
  if (missing.length > 0 || view.state !== 'COMPLETED' || !archive.complete)
    return [checked(name, 'fault', `${words}. Not all was retrieved: ${missing.join(', ')}`, `${MANUAL}, "Engines"`)];
  const empty = body.sources.filter((one) => !view.progress.some((each) => each.source === one && each.rows > 0));
  if (empty.length === 0) return `Request ${view.requestId}: ${words}`;
  const unknown = `${words}. Nothing came from ${empty.map((one) => (one === 'engine' ? 'any Engine' : 'the Portal'))}`;
  return [checked(name, 'not measured', unknown, '--user: a person whom Engines and Portal know')];
}

/** Rehearses an anonymization of the test account: everything is done in the Portal database, and rolled back. */
export async function rehearsal(caller: Caller, signal: AbortSignal): Found {
  const { api } = caller;
  const { user, login } = caller.options;
  const name = 'Rehearsal';
  const subject = { kind: 'user', name: user } as const;
  const preview = () => previewOf(api, { kind: 'anonymize', subject, login });
  const before = await preview();
  const view = await api.run({ kind: 'rehearse', subject, ...planOf(before), login, note: NOTE }, caller, signal);
  if (view.state === 'NOTHING_FOUND')
    return [checked(name, 'fault', 'The Portal knows nothing of the test account', '--user: an account of the Portal')];
  if (!view.rehearsal || !view.state.startsWith('COMPLETED')) return [endedOtherwise(name, view)];
  const { rowsByTable, refusals } = view.rehearsal;
  const tables = Object.values(rowsByTable).filter((rows) => rows > 0);
  const rows = tables.reduce((sum, one) => sum + one, 0);
  const after = await preview();
  if (before && after && before.rows !== after.rows) {
    const words = `A preview counts ${before.rows} rows before it and ${after.rows} after it`;
    const state = after.rows < before.rows ? 'fault' : 'warning'; // rows that are gone were not rolled back
    return [checked(name, state, words, 'compare previews while nobody works in the Portal')];
  }
  const words = `${rows} rows of ${tables.length} tables were changed and rolled back`;
  if (refusals.length > 0)
    return [checked(name, 'fault', `${words}; an anonymization would be refused`, refusals.join('; '))];
  if (before && after) return `${words}; a preview counts ${after.rows} rows as before`;
  return [checked(name, 'not measured', `${words}; no preview could compare`, PREVIEW_LATE)];
}

/** Anonymizes a name that nobody has. A preview comes first: with any row of that name nothing is started. */
export async function nothingFound(caller: Caller, signal: AbortSignal): Found {
  const { api } = caller;
  const { login } = caller.options;
  const step = 'Nothing found';
  const subject = { kind: 'user', name: `smoke-${randomBytes(8).toString('hex')}` } as const;
  const before = await previewOf(api, { kind: 'anonymize', subject, login });
  if (!before)
    return [checked(step, 'not measured', 'Nothing was started, because a preview could not come first', PREVIEW_LATE)];
  if (before.rows > 0)
    return [checked(step, 'fault', `${before.rows} rows hold a name that nobody has`, 'the mapping of the Portal')];
  // The hash lets the system refuse it when rows have come meanwhile.
  const body = { kind: 'anonymize', irreversible: true, subject, ...planOf(before), login, note: NOTE } as const;
  const view = await api.run(body, caller, signal);
  if (view.state !== 'NOTHING_FOUND') return [endedOtherwise(step, view)];
  const path = { requestId: view.requestId };
  const signed = await api.call('getCertificate', { path });
  const { nonce } = await api.call('takeNonce', { path });
  const { faults, keyFingerprint } = checkCertificate(signed, undefined, { subject, nonce });
  const { outcome, changed, requestId } = signed.certificate;
  const isSo = outcome === 'nothing-found' && changed.rows === 0 && requestId === view.requestId;
  const wrong = isSo ? faults : [...faults, 'it says something else'];
  if (wrong.length > 0) return [checked(step, 'fault', `The certificate: ${wrong.join('; ')}`, 'keys.sign')];
  return `Request ${view.requestId}: the certificate says so, its signature and its name fit (key ${keyFingerprint})`;
}

function endedOtherwise(name: string, { requestId, state, failure }: RequestView): Check {
  const words = `Request ${requestId} ended as ${state}${failure ? ` (${failure})` : ''}`;
  return checked(name, 'fault', words, `gdpr status ${requestId}, and docs/operations.md`);
}

const planOf = (preview: PreviewView | undefined) => preview?.planHash !== undefined && { planHash: preview.planHash };

/** Nothing where counting takes longer than the API allows. */
async function previewOf(api: Api, body: InputOf<'preview'>['body']): Promise<PreviewView | undefined> {
  try {
    return await api.call('preview', { body });
  } catch (error) {
    if (error instanceof ApiRefusal && error.type === '/problems/preview-timeout') return undefined;
    throw error;
  }
}
