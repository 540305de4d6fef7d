import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import { portalPostgres } from '../../../../modules/portal/retrieval/read-subject.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { connectionOf, fewPeople, HARD_NAMES, runAs } from '../../../support/portal.ts';

const FILES = [
  'users',
  'devices',
  'count_metric_details',
  'count_metric_history',
  'quantity_metric_details',
  'top_metric_results',
  'metric_annotations',
  'saved_selections',
];

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(HARD_NAMES), now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

async function retrieve(subject: Subject): Promise<Record<string, (readonly (string | null)[])[]>> {
  const files: Record<string, (readonly (string | null)[])[]> = {};
  const database = portalPostgres(connectionOf(server, 'read'), await referenceMapping());
  for await (const { file, batches } of database.readSubject(subject)) {
    files[file] = [];
    for await (const rows of batches) files[file].push(...rows);
  }
  return files;
}

/** What the seeded tables hold, filtered here and not by the database. */
async function seeded(table: string, holds: (row: Record<string, string>) => boolean) {
  return (await runAs(server, 'owner', `SELECT * FROM portal.${table}`)).filter(holds);
}

describe('portalPostgres', () => {
  it('gives the rows of every table that hold the user, and no row of a twin (R9)', async () => {
    const { users, devices, count_metric_details, metric_annotations, saved_selections } = await retrieve({
      kind: 'user',
      name: 'jdoe',
    });

    expect(users).toEqual([
      ['jdoe', 'Person 0', 'S-1-5-21-7-7-7-1000', 'Person.0@corp.example', 'person.0@corp.example', 'Research'],
    ]);
    expect(devices!.map(([name, , , , , last]) => [name, last])).toEqual([['LT-101', 'CORP\\jdoe']]);
    const details = await seeded('count_metric_details', ({ user_name }) => user_name === 'jdoe');
    expect(details.length).toBeGreaterThan(20);
    expect(count_metric_details!.map(([day, , , user, device, json]) => [day, user, device, json]).sort()).toEqual(
      details.map(({ day, user_name, device_name, details }) => [day, user_name, device_name, details]).sort(),
    );
    const notes = await seeded('metric_annotations', ({ note }) => /\bjdoe(?![\w-])/.test(note!));
    expect(metric_annotations!.map(([, , note]) => note).sort()).toEqual(notes.map(({ note }) => note).sort());
    const lists = await seeded('saved_selections', ({ members }) => /\bjdoe(?![\w-])/.test(members!));
    expect(saved_selections!.map(([, members]) => members)).toEqual(lists.map(({ members }) => members));
  });

  it('joins the metric and its value of the day (R9)', async () => {
    const [row] = (await retrieve({ kind: 'user', name: 'jdoe' })).count_metric_details!;
    const [expected] = await runAs(
      server,
      'owner',
      `SELECT m.name, r.value FROM portal.metrics m JOIN portal.metric_results r USING (metric_id)
       WHERE r.day = $1 AND m.name = $2`,
      [row![0], row![1]],
    );

    expect({ name: row![1], value: row![2] }).toEqual(expected);
  });

  it('gives the rows of a device, not those of the one whose name begins alike (R1, R9)', async () => {
    const { users, devices, count_metric_details } = await retrieve({ kind: 'device', name: 'LT-101' });

    expect(users).toEqual([]);
    expect(devices).toEqual([['LT-101', 'uid-0', 'SN0', '10.1.2.1', '02:00:00:00:00:10', 'CORP\\jdoe']]);
    const details = await seeded('count_metric_details', ({ device_name }) => device_name === 'LT-101');
    expect(count_metric_details).toHaveLength(details.length);
  });

  it.each(HARD_NAMES)('finds exactly the user %s (R1)', async (name) => {
    const { users, count_metric_details } = await retrieve({ kind: 'user', name });

    expect(users!.map(([found]) => found)).toEqual([name]);
    expect(new Set(count_metric_details!.map(([, , , user]) => user))).toEqual(new Set([name]));
  });

  it('takes another case of the same account for the name (R1)', async () => {
    expect(await retrieve({ kind: 'user', name: 'JDoe' })).toEqual(await retrieve({ kind: 'user', name: 'jdoe' }));
  });

  it.each(['nobody', '%', "' OR true --", 'jdo_'])(
    'gives every file without rows for an unknown name: %s (R9)',
    async (name) => {
      expect(await retrieve({ kind: 'user', name })).toEqual(Object.fromEntries(FILES.map((file) => [file, []])));
    },
  );

  it('reads one snapshot: rows that come meanwhile are not in it (R9)', async () => {
    const database = portalPostgres(connectionOf(server, 'read'), await referenceMapping());
    let notes = 0;
    for await (const { file, batches } of database.readSubject({ kind: 'user', name: 'ann' })) {
      if (file === 'users') {
        await runAs(
          server,
          'owner',
          "INSERT INTO portal.metric_annotations (metric_id, day, note) VALUES (1, '2026-03-01', 'ann')",
        );
      }
      for await (const rows of batches) if (file === 'metric_annotations') notes += rows.length;
    }

    expect((await retrieve({ kind: 'user', name: 'ann' })).metric_annotations).toHaveLength(notes + 1);
  });

  it('stops when it is aborted, and leaves no session behind', async () => {
    const controller = new AbortController();
    const database = portalPostgres(connectionOf(server, 'read'), await referenceMapping());
    const reason = new Error('enough');

    const reading = (async () => {
      for await (const { batches } of database.readSubject({ kind: 'user', name: 'jdoe' }, controller.signal)) {
        controller.abort(reason);
        for await (const rows of batches) expect(rows).toBeDefined();
      }
    })();

    await expect(reading).rejects.toBe(reason);
    await expect
      .poll(() => runAs(server, 'owner', "SELECT pid FROM pg_stat_activity WHERE usename = 'gdpr_read'"))
      .toEqual([]);
  });

  it('names what went wrong without what the server says (R24)', async () => {
    const mapping = await referenceMapping();
    const wrong = { ...mapping, files: [{ ...mapping.files[0]!, columns: [{ header: 'x', column: 'no "such' }] }] };
    const read = async (database: ReturnType<typeof portalPostgres>) => {
      for await (const { batches } of database.readSubject({ kind: 'user', name: 'jdoe' }))
        await batches[Symbol.asyncIterator]().next();
    };

    await expect(read(portalPostgres(connectionOf(server, 'read'), wrong))).rejects.toMatchObject({
      name: 'PortalDatabaseError',
      message: `The Portal database refused a statement (SQLSTATE 42703, about ${wrong.files[0]!.from})`,
    });
    const login = await connectionOf(server, 'read')();
    await expect(read(portalPostgres(async () => ({ ...login, password: 'x' }), mapping))).rejects.toMatchObject({
      message:
        'The Portal database refused a statement (SQLSTATE 28P01): it does not accept the user name or the password of the role',
    });
    await expect(read(portalPostgres(async () => ({ ...login, port: 1 }), mapping))).rejects.toMatchObject({
      name: 'PortalDatabaseUnavailableError',
      retryable: true,
    });
  });
});
