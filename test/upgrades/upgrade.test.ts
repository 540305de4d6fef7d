import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DICTIONARY } from '../../functions/wiring/dictionary.ts';
import { Settings } from '../../functions/wiring/settings.ts';
import { ExecutionJournal } from '../../local/aws/executions/execution-journal.ts';
import { BUCKET } from '../../local/environment.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { getManifest } from '../../modules/archive/archive-of-request.ts';
import { textsIn } from '../../modules/archive/contents/texts.ts';
import { type Manifest, parseManifest } from '../../modules/archive/manifest.ts';
import { mergeParts } from '../../modules/archive/merge-parts.ts';
import { archiveKeyOf } from '../../modules/archive/name.ts';
import { verifyArchive } from '../../modules/archive/verify-archive.ts';
import { readSettings } from '../../modules/common/adapters/s3-documents.ts';
import { queryEngine } from '../../modules/engines/query-engine.ts';
import { rerunRequest } from '../../modules/lifecycle/rerun-request.ts';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { anchorFaults, checkTrail, type StampedAnchor } from '../../modules/proof/audit-anchors.ts';
import { checkCertificate } from '../../modules/proof/certificate-check.ts';
import { AuditEntry } from '../../modules/requests/audit/entry.ts';
import { RequestRecord } from '../../modules/requests/record.ts';
import { getRequest, listRequests, RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { aPolicy } from '../support/fakes.ts';
import { nexthinkOf, openState } from './open-state.ts';
import { type Facts, RECORDED, readFacts, readSums, sumsOf, VERSIONS } from './stored-state.ts';

/** The present code begins this long after the recording: the lease of the unfinished Engine has run out, nothing else has. */
const LATER_MS = 65_000;
const OPERATOR = { callerId: 'x', kind: 'person', scopes: ['gdpr.read', 'gdpr.operate'] } as const;

it('there is a recording of 0.2.0', () => {
  expect(VERSIONS).toContain('0.2.0');
});

describe.each(VERSIONS)('what version %s has stored', (version) => {
  const folder = join(import.meta.dirname, version);
  let dataDir: string;
  let facts: Facts;
  let state: Awaited<ReturnType<typeof openState>>;
  let simulator: Simulator;
  let nexthink: ReturnType<typeof nexthinkOf>;
  let anchors: readonly StampedAnchor[];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'upgrade-'));
    facts = await readFacts(folder);
    const clock = { now: () => new Date(Date.parse(facts.recordedAt) + LATER_MS) };
    state = await openState(folder, dataDir, clock);
    simulator = await startSimulator({ ...facts.engines, now: new Date(facts.engines.now) });
    nexthink = nexthinkOf(simulator);
    ({ anchors } = await state.anchors.list(''));
  });
  afterAll(async () => {
    await nexthink?.engineApi.close();
    await simulator?.stop();
    await state?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const manifestOf = async (requestId: string): Promise<Manifest> =>
    parseManifest(await getManifest(requestId, { ...state, archives: state.archiveReader }));
  const verified = async (requestId: string) =>
    verifyArchive(await state.archiveReader.open(archiveKeyOf(requestId, 1)));
  const settings = async () => Settings.parse(await readSettings(state.s3, BUCKET, 'settings.json'));

  it('is unaltered: a recording is never edited', async () => {
    expect(await sumsOf(folder)).toBe(await readSums(folder));
    expect(facts.version).toBe(version);
  });

  it.each(RECORDED)('holds the request "%s" in a form that is read and shown', async (name) => {
    const requestId = facts.requests[name];
    const record = RequestRecord.parse(await state.requests.get(requestId));
    const view = RequestView.parse(await getRequest(requestId, state));

    expect([record.requestId, view.requestId]).toEqual([requestId, requestId]);
    const expected = {
      completed: 'COMPLETED',
      incomplete: 'COMPLETED_WITH_ERRORS',
      anonymized: 'COMPLETED',
      awaitingApproval: 'AWAITING_APPROVAL',
      awaitingLogin: 'AWAITING_LOGIN',
      inFlight: 'RUNNING',
    } as const;
    expect(view.state).toBe(expected[name]);
  });

  it('is listed, newest first, page by page', async () => {
    const first = RequestsView.parse(await listRequests(OPERATOR, { limit: 4 }, state));
    const second = RequestsView.parse(await listRequests(OPERATOR, { limit: 4, cursor: first.next! }, state));

    const ids = [...first.requests, ...second.requests].map(({ requestId }) => requestId);
    expect(ids).toEqual(RECORDED.map((name) => facts.requests[name]).reverse());
    expect(second.next).toBeUndefined();
  });

  it.each(RECORDED)('holds an audit trail of the request "%s" that verifies', async (name) => {
    const requestId = facts.requests[name];
    const events = await state.requests.listEvents(requestId);

    const { faults, anchors: count } = checkTrail({ requestId, events }, anchors);

    expect(events.map((entry) => AuditEntry.parse(entry))).toEqual(events);
    expect(faults).toEqual([]);
    expect(count).toBe(name === 'inFlight' ? 0 : 1);
  });

  it('holds time stamps that verify with the CA of their authority', async () => {
    expect(anchors).toHaveLength(1);
    expect(await anchorFaults(anchors, facts.stampCa)).toEqual([]);
  });

  it('holds a certificate that verifies with its public key, and is about its subject', async () => {
    const { certificate } = await state.requests.get(facts.requests.anonymized);
    const claim = { subject: { kind: 'user', name: facts.anonymized }, nonce: facts.nonce } as const;

    const check = checkCertificate(certificate!, createPublicKey(facts.publicKey), claim);

    expect(check).toMatchObject({ faults: [], issuerChecked: true });
  });

  it('holds settings and a Portal mapping that are valid', async () => {
    expect((await settings()).approval.anonymize).toBe('required');
    expect(PortalMapping.safeParse(await readSettings(state.s3, BUCKET, 'portal-mapping.json')).error).toBeUndefined();
  });

  it.each(['completed', 'incomplete'] as const)('holds a sound archive of the request "%s"', async (name) => {
    const requestId = facts.requests[name];
    const manifest = await manifestOf(requestId);
    const { complete, rows } = await verified(requestId);

    expect([manifest.requestId, manifest.complete, complete]).toEqual([
      requestId,
      name === 'completed',
      name === 'completed',
    ]);
    expect(rows).toBe(manifest.files.reduce((sum, file) => sum + file.rows, 0));
    expect(rows).toBeGreaterThan(100);
  });

  it('holds sealed names that can be opened', async () => {
    const about = { kind: 'user', name: facts.retrieved };
    expect(await state.vault.open(facts.requests.incomplete, 'subject')).toMatchObject(about);
    expect(await state.vault.open(facts.requests.awaitingLogin, 'subject')).toMatchObject(about);
  });

  it('holds an execution in flight with its history', () => {
    const { requests } = facts;
    const executions = new ExecutionJournal(join(dataDir, 'executions.jsonl')).all();

    const running = executions.filter(({ record }) => record.status === 'RUNNING');

    expect(running.map(({ record }) => JSON.parse(record.input))).toEqual([
      { requestId: requests.inFlight, attempt: 1 },
    ]);
    expect(running[0]!.events.length).toBeGreaterThan(5);
    expect(executions).toHaveLength(4);
  });

  it('holds the sealed login of the run in flight', async () => {
    const { username, password } = await state.vault.open(facts.requests.inFlight, 'login');
    expect(username).toBe(simulator.login.username);
    expect(password.length).toBeGreaterThan(0);
  });

  it('is continued: the Engine from its checkpoint, and the archive from old Parts and new ones', async () => {
    const { requests, unfinishedEngine: engineId } = facts;
    const attempt = { requestId: requests.inFlight, attempt: 1 };
    const before = await state.parts.listIndexes(attempt.requestId, 1, engineId);
    expect(before.map(({ next }) => next !== null)).toEqual([true]);
    expect(before[0]!.fragments.length).toBeGreaterThan(0);
    const soon = new Date(state.clock.now().getTime() + 60_000);
    await state.vault.seal(attempt.requestId, 'login', simulator.login, soon); // Engines of a new start have a new password

    const { more } = await queryEngine({ ...attempt, engineId }, { ...state, ...nexthink }, () => true);
    const { daysBack, accountScope, informationSheet } = await settings();
    const archive = {
      daysBack,
      accountScope,
      informationSheet,
      simulated: [],
      texts: await textsIn('en'),
      trustOf: () => 'ca' as const,
    };
    await mergeParts(attempt, { ...state, settings: archive, dictionary: DICTIONARY, archiveDays: 7 });

    expect(more).toBe(false);
    expect(await state.parts.listIndexes(attempt.requestId, 1, engineId)).toHaveLength(2);
    expect(await verified(attempt.requestId)).toMatchObject({ complete: true, requestId: attempt.requestId });
    await state.requests.transition(attempt.requestId, 'COMPLETED');
    const [whole, continued] = [await manifestOf(requests.completed), await manifestOf(attempt.requestId)];
    const engineRows = ({ files }: Manifest) =>
      files.filter(({ name }) => name.startsWith('engines/')).map(({ name, rows }) => [name, rows]);
    expect(engineRows(continued)).toEqual(engineRows(whole));
  });

  it('is run again where a source was missing', async () => {
    const requestId = facts.requests.incomplete;
    const started: unknown[] = [];
    const executions = { start: async (...run: unknown[]) => void started.push(run), stop: async () => {} };
    const outside = { ...nexthink, federation: undefined, executions, pause: async () => {} };

    await rerunRequest(requestId, simulator.login, aPolicy(), { ...state, ...outside });

    expect(started).toEqual([['retrieve', requestId, 2]]);
    expect(await getRequest(requestId, state)).toMatchObject({ state: 'QUEUED', attempt: 2 });
    const events = await state.requests.listEvents(requestId);
    expect(checkTrail({ requestId, events }, anchors).faults).toEqual([]);
    expect(await state.vault.open(requestId, 'login')).toEqual(simulator.login);
  });
});
