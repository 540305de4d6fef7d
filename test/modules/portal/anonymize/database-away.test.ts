import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import { accountFor, reachableFolder } from '../../../../local/portal-database/postgres-binaries.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { checkCertificate } from '../../../../modules/proof/certificate-check.ts';
import { anonymizeToTheEnd, movedClock } from '../../../support/anonymization-run.ts';
import { startCommitCutter } from '../../../support/commit-cutter.ts';
import { connectionOf, fewPeople, rowsNaming, runAs } from '../../../support/portal.ts';

const KILLS = process.env.GDPR_TEST_DEEP ? 100 : 4;
const MINUTE = 60_000;

let home: string;
let server: PortalDatabaseServer;
let mapping: PortalMapping;
let isAway = false;
const open = () => startPortalDatabase({ dataDir: home, people: fewPeople() });
beforeAll(async () => {
  home = await mkdtemp(join(await reachableFolder(tmpdir(), accountFor()), 'away-'));
  mapping = await referenceMapping();
  server = await open();
});
afterAll(async () => {
  await server?.stop();
  await rm(home, { recursive: true, force: true });
});

/** Kills the server and all its processes at once, as a power cut does. */
async function kill(): Promise<void> {
  const [pid] = (await readFile(join(home, 'cluster/postmaster.pid'), 'utf8')).split('\n');
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', pid!], { encoding: 'utf8' }).trim().split(/\s+/);
  for (const each of [pid!, ...children]) {
    try {
      process.kill(Number(each), 'SIGKILL');
    } catch {} // it has just ended by itself
  }
  isAway = true;
  await server.stop();
}

async function plant(name: string): Promise<void> {
  await runAs(server, 'owner', `INSERT INTO portal.users (name, full_name) VALUES ('${name}', 'Somebody')`);
  await runAs(
    server,
    'owner',
    `INSERT INTO portal.metric_annotations (metric_id, day, note)
     SELECT 1, '2026-01-01', 'CORP\\${name} called, no. ' || i FROM generate_series(1, 200) AS i`,
  );
}

/**
 * Anonymizes a name; the server is killed and stays away for some minutes.
 * @param delay when, in ms after leave to commit was given; `answer`: when it has committed, and nobody hears its answer
 */
async function anonymizeThrough(name: string, delay: number | 'answer', awayMinutes: number) {
  await plant(name);
  const clock = movedClock();
  const cutter = delay === 'answer' ? await startCommitCutter(server.port, 'after') : undefined;
  let killed: Promise<void> | undefined;
  let backAt = Number.POSITIVE_INFINITY;
  const die = async () => {
    await kill();
    backAt = clock.now().getTime() + awayMinutes * MINUTE;
  };
  clock.moved = async () => {
    await killed;
    if (!isAway || clock.now().getTime() < backAt) return;
    server = await open();
    isAway = false;
  };
  const source = (role: 'anonymize' | 'read' | 'verify' | 'maintain') => async () => {
    if (cutter?.cut()) killed ??= die();
    if (delay === 'answer') await killed;
    const connection = await connectionOf(server, role)();
    if (isAway) return { ...connection, port: 1 }; // nobody listens there
    return cutter && !killed && role === 'anonymize' ? { ...connection, port: cutter.port } : connection;
  };
  const committing = async () => {
    if (killed || delay === 'answer') return;
    killed = delay <= 0 ? die() : sleep(delay).then(die);
    if (delay <= 0) await killed;
  };
  const ended = await anonymizeToTheEnd(name, { mapping, source, clock, committing });
  await Promise.all([killed, cutter?.stop()]);
  if (isAway) server = await open();
  isAway = false;
  const left = (await rowsNaming(server, name)).length;
  return { ...ended, left, minutes: (clock.now().getTime() - Date.parse(ended.record.createdAt)) / MINUTE };
}

describe('an anonymization whose database is killed around the commit and stays away', () => {
  it(`ends with a certificate or a verified rollback, ${KILLS} times (C34, R15, R16)`, async () => {
    const seen: Record<string, number> = {};
    for (let at = 0; at < KILLS; at += 1) {
      const delay = at % 4 === 0 ? 'answer' : [6, 60, 0][at % 3]! * Math.random();
      const away = delay === 'answer' ? 1.25 : Math.random() * 10;
      const { record, states, sealed, left } = await anonymizeThrough(`victim${at}`, delay, away);
      const { state, receipt, certificate, failure } = record;
      const what = `${state}${states.has('VERIFYING') ? ' after VERIFYING' : ''}`;
      seen[what] = (seen[what] ?? 0) + 1;

      if (delay === 'answer') expect(what).toBe('COMPLETED after VERIFYING');
      const kept = `${what}, ${delay} ms, ${away} min, ${left} left`;
      expect(state, kept).toBe(left === 0 ? 'COMPLETED' : 'FAILED');
      expect([left, receipt?.residue], kept).toEqual(left === 0 ? [0, 0] : [201, undefined]);
      expect(failure, kept).toBe(left === 0 ? undefined : 'PortalDatabaseUnavailableError');
      expect(certificate && checkCertificate(certificate).faults, kept).toEqual(left === 0 ? [] : undefined);
      expect(sealed, kept).toEqual(left === 0 ? [`${record.requestId}/nonce`] : []);
    }
    console.info(JSON.stringify(seen));
  }, 1_800_000);

  it('is finished after a hundred days too: name and nonce are kept as long, then wiped (C34, R15)', async () => {
    const { record, states, sealed, left, minutes } = await anonymizeThrough('patient', 'answer', 100 * 24 * 60);

    expect([record.state, [...states].includes('VERIFYING'), left]).toEqual(['COMPLETED', true, 0]);
    expect(minutes).toBeGreaterThan(100 * 24 * 60);
    expect(minutes).toBeLessThan(101 * 24 * 60 + 10);
    expect(sealed).toEqual([`${record.requestId}/nonce`]);
  });
});
