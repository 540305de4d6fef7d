import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import type { AloneJob } from '../../../support/anonymize-alone.ts';
import { connectionOf, fewPeople, runAs } from '../../../support/portal.ts';

/** As many as have no room in the process at once. */
const [ROWS, HEAP_MEGABYTES] = process.env.GDPR_TEST_DEEP === '1' ? [1000, 64] : [450, 40];
const SCRIPT = new URL('../../../support/anonymize-alone.ts', import.meta.url).pathname;

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 1, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

describe('rewriteValues', () => {
  it(`rewrites and verifies ${ROWS} documents of 96 kB in a process with room for few of them (R15)`, async () => {
    await runAs(
      server,
      'owner',
      `CREATE TABLE portal.documents AS SELECT n AS id, jsonb_build_object('by', 'jdoe', 'n', n, 'pad', repeat('x', 96000)) AS held
       FROM generate_series(1, ${ROWS}) AS n`,
    );
    await runAs(server, 'owner', 'GRANT SELECT, UPDATE ON portal.documents TO gdpr_anonymize, gdpr_verify');
    const mapping = await referenceMapping();
    const documents = {
      table: 'portal.documents',
      key: ['id'],
      names: [],
      coIdentifiers: [],
      freeText: [],
      arrays: [],
    };
    const job: AloneJob = {
      requestId: randomUUID(),
      anonymize: await connectionOf(server, 'anonymize')(),
      verify: await connectionOf(server, 'verify')(),
      mapping: { ...mapping, tables: [...mapping.tables, { ...documents, json: ['held'] }] },
    };

    const { stdout } = await promisify(execFile)(process.execPath, [
      `--max-old-space-size=${HEAP_MEGABYTES}`,
      SCRIPT,
      JSON.stringify(job),
    ]);

    const told = JSON.parse(stdout) as { before: number; rowsByTable: Record<string, number>; residue: number };
    expect(told.before).toBeGreaterThanOrEqual(ROWS);
    expect(told).toMatchObject({ rowsByTable: { 'portal.documents': ROWS }, residue: 0 });
    const whole = await runAs(
      server,
      'owner',
      `SELECT count(*) FROM portal.documents WHERE held->>'by' LIKE 'anon-%' AND length(held->>'pad') = 96000 AND (held->>'n')::int = id`,
    );
    expect(whole[0]!.count).toBe(String(ROWS));
  }, 120_000);
});
