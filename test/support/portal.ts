import { Client } from 'pg';
import type { PortalDatabaseServer } from '../../local/portal-database/portal-database.ts';
import type { PortalRoles } from '../../local/portal-database/roles.ts';
import type { People, SampleDevice, SampleUser } from '../../local/simulator/world/people.ts';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';

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

/** Runs statements one after the other as `role`, on a connection of its own. @returns the rows of each */
async function runAll(
  { host, port, roles }: PortalDatabaseServer,
  role: keyof PortalRoles,
  statements: (first: Record<string, string>[]) => string[],
  [first, values]: [string, unknown[]],
): Promise<Record<string, string>[][]> {
  const { username: user, password, database } = roles[role];
  const client = new Client({ host, port, user, password, database, types: { getTypeParser: () => String } });
  await client.connect();
  try {
    const answers = [(await client.query<Record<string, string>>(first, values)).rows];
    for (const text of statements(answers[0]!)) answers.push((await client.query(text)).rows);
    return answers;
  } finally {
    await client.end();
  }
}

/** Runs one statement as `role`, on a connection of its own. */
export const runAs = async (
  server: PortalDatabaseServer,
  role: keyof PortalRoles,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, string>[]> => (await runAll(server, role, () => [], [text, values]))[0]!;

/** Every stored row of the database as `relation -> rows as text`, read by the owner. */
export async function everyRow(server: PortalDatabaseServer): Promise<Map<string, string[]>> {
  const [relations, ...rows] = await runAll(
    server,
    'owner',
    (found) => found.map(({ name }) => `SELECT to_json(t)::text AS row FROM ${name} t ORDER BY 1`),
    [
      `SELECT oid::regclass::text AS name FROM pg_class
       WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text IN ('portal', 'gdpr', 'public') ORDER BY 1`,
      [],
    ],
  );
  return new Map(relations!.map(({ name }, at) => [name!, rows[at]!.map(({ row }) => row!)]));
}

/** Matches `name` where it stands as a word of its own, whatever its case. */
export function naming(name: string): RegExp {
  const word = name.replaceAll(/[^\w]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${word}(?![\\w.-])`, 'iu');
}

/** Stored rows of the whole database that name someone. */
export async function rowsNaming(server: PortalDatabaseServer, name: string): Promise<string[]> {
  const pattern = naming(name);
  return [...(await everyRow(server)).values()].flat().filter((row) => pattern.test(row));
}
