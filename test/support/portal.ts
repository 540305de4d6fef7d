import { Client } from 'pg';
import type { PortalConnectionSource } from '../../adapters/portal-connection.ts';
import type { PortalDatabaseServer } from '../../local/portal-database/portal-database.ts';
import type { PortalRoles } from '../../local/portal-database/roles.ts';
import type { People, SampleDevice, SampleUser } from '../../local/simulator/people.ts';

/** Subjects that must not be confused, and names that are hard on SQL, patterns and JSON. */
export const HARD_NAMES = ["o'neil", 'a\\b', 'say "hi"', '50%_off', 'x.*y', 'rené.favre', 'tab(1) [x] {2} $3 ^|?+'];

/** People of a small Portal: `jdoe` and the twins that begin or end like it. */
export function fewPeople(extraUsers: readonly string[] = []): People {
  const names = ['jdoe', 'jdoe2', 'jdoe-adm', 'ann', 'joanna', ...extraUsers];
  const deviceOf = (at: number) => (at === 0 ? 'LT-101' : at === 1 ? 'LT-1011' : `WS-${200 + at}`);
  const users = names.map(
    (name, at): SampleUser => ({
      name,
      fullName: `Person ${at}`,
      sid: `S-1-5-21-7-7-7-${1000 + at}`,
      upn: `Person.${at}@corp.example`,
      department: 'Research',
      devices: [deviceOf(at), deviceOf((at + 1) % names.length)],
    }),
  );
  const devices = names.map(
    (name, at): SampleDevice => ({
      name: deviceOf(at),
      platform: 'windows',
      deviceUid: `uid-${at}`,
      serial: `SN${at}`,
      ipAddress: `10.1.2.${at + 1}`,
      macAddress: `02:00:00:00:00:${String(at + 10)}`,
      lastLoggedOnUser: name,
      engines: [1],
    }),
  );
  return { users, devices };
}

/** How an adapter reaches `server` as `role`. */
export const connectionOf =
  ({ host, port, roles }: PortalDatabaseServer, role: keyof PortalRoles): PortalConnectionSource =>
  async () => ({ host, port, ...roles[role] });

/** Runs one statement as `role`, on a connection of its own. */
export async function runAs(
  { host, port, roles }: PortalDatabaseServer,
  role: keyof PortalRoles,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, string>[]> {
  const { username: user, password, database } = roles[role];
  const client = new Client({ host, port, user, password, database, types: { getTypeParser: () => String } });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Every stored row of the database as `relation -> rows as text`, read by the owner. */
export async function everyRow(server: PortalDatabaseServer): Promise<Map<string, string[]>> {
  const relations = await runAs(
    server,
    'owner',
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text IN ('portal', 'gdpr', 'public') ORDER BY 1`,
  );
  const all = new Map<string, string[]>();
  for (const { name } of relations) {
    const rows = await runAs(server, 'owner', `SELECT to_json(t)::text AS row FROM ${name} t ORDER BY 1`);
    all.set(
      name!,
      rows.map(({ row }) => row!),
    );
  }
  return all;
}
