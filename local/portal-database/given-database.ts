import { Client } from 'pg';
import type { PortalConnection } from '../../modules/portal/settings.ts';
import { connectionTo } from '../portal-setup/connection-address.ts';
import type { PortalDatabaseServer } from './portal-database.ts';

/** An option of a Portal database of one's own cannot be used. */
export class GivenDatabaseError extends Error {
  override readonly name = 'GivenDatabaseError';
}

const ROLES = { read: 'gdpr_read', anonymize: 'gdpr_anonymize', verify: 'gdpr_verify', maintain: 'gdpr_maintain' };
type Role = keyof typeof ROLES;

/** A Portal database that is there already, with the four roles of the script. It is not started and not stopped. */
export async function givenDatabase(text: string): Promise<PortalDatabaseServer> {
  const loginOf = async (username: string): Promise<PortalConnection> => {
    const url = URL.parse(text);
    if (url) [url.username, url.password] = [username, ''];
    const connection = await connectionTo(url?.href ?? text, process.env);
    if (!connection) throw new GivenDatabaseError('portal-url must look like postgresql://host:5432/database');
    const { password } = connection;
    if (!password)
      throw new GivenDatabaseError(
        `portal-url: there is no password for ${username}: set PGPASSWORD, or add it to the file ~/.pgpass`,
      );
    return { ...connection, password };
  };
  return await databaseOf('portal-url', async (role) => loginOf(ROLES[role]));
}

/**
 * The same, by the connection of each role.
 * @param setting names it in errors
 */
export async function databaseOf(
  setting: string,
  connectionOf: (role: Role) => Promise<PortalConnection>,
): Promise<PortalDatabaseServer> {
  const [read, anonymize, verify, maintain] = await Promise.all(
    (Object.keys(ROLES) as Role[]).map(async (role) => {
      const connection = await connectionOf(role);
      await tryLogin(setting, connection);
      return connection;
    }),
  );
  const { host, port } = read!;
  return {
    host,
    port,
    roles: { read: read!, anonymize: anonymize!, verify: verify!, maintain: maintain!, owner: read! },
    isGiven: true,
    stop: async () => {},
  };
}

/** @throws what the role cannot do, without the driver's text */
async function tryLogin(setting: string, { username: user, ca, ...connection }: PortalConnection): Promise<void> {
  const isHere = ['localhost', '127.0.0.1', '::1'].includes(connection.host);
  const ssl = ca ? { ca } : !isHere;
  const client = new Client({ ...connection, user, ssl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
  } catch (error) {
    throw new GivenDatabaseError(
      `${setting}: ${user} cannot log in to the Portal database (${(error as { code?: string }).code ?? 'no answer'})`,
    );
  } finally {
    await client.end().catch(() => {});
  }
}
