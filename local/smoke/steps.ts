import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { InputOf } from '../../client/request.ts';
import type { DoctorReport, PreviewView, RequestView } from '../../client/types.ts';
import { verifyArchive } from '../../modules/archive/verify-archive.ts';
import { type Check, checked } from '../../modules/common/doctor.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import { type Api, ApiRefusal } from './api.ts';
import type { Options } from './options.ts';

/** What the steps that call the API need. */
export interface Caller {
  readonly api: Api;
  readonly options: Options;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}
type Found = Promise<string | readonly Check[]>;

/** For the operators who see the requests of a smoke run in their list. */
const NOTE = 'smoke run';
const SHOWN: readonly unknown[] = ['fault', 'warning', 'not measured'];

/** The doctor inside the system: its faults and warnings, each with what to change. */
export async function doctor({ api }: Caller): Found {
  const { checks }: DoctorReport = await api.call('doctor', {});
  const shown = checks.filter(({ state }) => SHOWN.includes(state));
  if (shown.length === 0) return `${checks.length} checks, and nothing is wrong`;
  return shown.map(({ name, state, evidence, mend }) => checked(`Doctor: ${name}`, state, evidence, mend));
}

/** Retrieves the data of the test account, downloads it by its link, and checks every file. The archive is destroyed then. */
export async function retrieval({ api, options: { user, login }, say }: Caller, signal: AbortSignal): Found {
  const name = 'Retrieval';
  const subject = { kind: 'user', name: user } as const;
  const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login, note: NOTE } as const;
  const view = await api.run({ ...body, sources: [...body.sources] }, say, signal);
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
  const words = `${archive.files} files and ${archive.rows} rows came by the link and are sound; the archive is destroyed`;
  const missing = view.progress.filter(({ state }) => state !== 'DONE' && state !== 'EMPTY');
  if (view.state === 'COMPLETED') return `Request ${view.requestId}: ${words}`;
  const places = missing.map((source) => `${source.name} is ${source.state}`).join(', ');
  return [checked(name, 'warning', `${words}, but ${places}`, 'docs/operations.md, "Engines"')];
}

/** Rehearses an anonymization of the test account: everything is done in the Portal database, and taken back. */
export async function rehearsal({ api, options: { user, login }, say }: Caller, signal: AbortSignal): Found {
  const name = 'Rehearsal';
  const subject = { kind: 'user', name: user } as const;
  const preview = () => previewOf(api, { kind: 'anonymize', subject, login });
  const before = await preview();
  const view = await api.run({ kind: 'rehearse', subject, login, note: NOTE }, say, signal);
  if (view.state === 'NOTHING_FOUND')
    return [checked(name, 'fault', 'The Portal knows nothing of the test account', '--user: an account of the Portal')];
  if (!view.rehearsal) return [endedOtherwise(name, view)];
  const { rowsByTable, refusals } = view.rehearsal;
  const tables = Object.values(rowsByTable).filter((rows) => rows > 0);
  const rows = tables.reduce((sum, one) => sum + one, 0);
  const after = await preview();
  if (before && after && before.rows !== after.rows) {
    const words = `A preview counts ${before.rows} rows before it and ${after.rows} after it`;
    return [checked(name, 'warning', words, 'run it again while nobody works in the Portal')];
  }
  const words = `${rows} rows of ${tables.length} tables were changed and taken back`;
  if (refusals.length === 0)
    return `${words}; ${after ? `a preview counts ${after.rows} rows as before` : 'not compared'}`;
  return [checked(name, 'warning', `${words}; an anonymization would be refused`, refusals.join('; '))];
}

/** Anonymizes a name that nobody has. A preview comes first: with any row of that name nothing is started. */
export async function nothingFound({ api, options: { login }, say }: Caller, signal: AbortSignal): Found {
  const step = 'Nothing found';
  const subject = { kind: 'user', name: `smoke-${randomBytes(8).toString('hex')}` } as const;
  const before = await previewOf(api, { kind: 'anonymize', subject, login });
  if (before && before.rows > 0)
    return [checked(step, 'fault', `${before.rows} rows hold a name that nobody has`, 'the mapping of the Portal')];
  const view = await api.run({ kind: 'anonymize', irreversible: true, subject, login, note: NOTE }, say, signal);
  if (view.state !== 'NOTHING_FOUND') return [endedOtherwise(step, view)];
  const path = { requestId: view.requestId };
  const signed = await api.call('getCertificate', { path });
  const { nonce } = await api.call('takeNonce', { path });
  const { faults, keyFingerprint } = checkCertificate(signed, undefined, { subject, nonce });
  const { outcome, changed } = signed.certificate;
  const wrong = outcome === 'nothing-found' && changed.rows === 0 ? faults : [...faults, 'it says something else'];
  if (wrong.length > 0) return [checked(step, 'fault', `The certificate: ${wrong.join('; ')}`, 'keys.sign')];
  return `Request ${view.requestId}: the certificate says so, its signature and its name fit (key ${keyFingerprint})`;
}

function endedOtherwise(name: string, { requestId, state, failure }: RequestView): Check {
  const words = `Request ${requestId} ended as ${state}${failure ? ` (${failure})` : ''}`;
  return checked(name, 'fault', words, `gdpr status ${requestId}, and docs/operations.md`);
}

/** Nothing where counting takes longer than the API allows. */
async function previewOf(api: Api, body: InputOf<'preview'>['body']): Promise<PreviewView | undefined> {
  try {
    return await api.call('preview', { body });
  } catch (error) {
    if (error instanceof ApiRefusal && error.type === '/problems/preview-timeout') return undefined;
    throw error;
  }
}
