import { Client } from 'pg';
import type { PortalConnection } from '../../modules/portal/settings.ts';
import { connectionTo } from '../../modules/portal/setup/connection-address.ts';
import type { PortalDatabaseServer } from './portal-database.ts';

/** An option of a Portal database of one's own cannot be used. */
export class GivenDatabaseError extends Error {
  override readonly name = 'GivenDatabaseError';
}

const ROLES = { read: 'gdpr_read', anonymize: 'gdpr_anonymize', verify: 'gdpr_verify', maintain: 'gdpr_maintain' };

/** A Portal database that is there already, with the four roles of the script. It is not started and not stopped. */
export async function givenDatabase(text: string): Promise<PortalDatabaseServer> {
  const login = async (username: string): Promise<PortalConnection> => {
    const url = URL.parse(text);
    if (url) [url.username, url.password] = [username, ''];
    const connection = await connectionTo(url?.href ?? text, process.env);
    if (!connection) throw new GivenDatabaseError('portal-url must look like postgresql://host:5432/database');
    const { password } = connection;
    if (!password)
      throw new GivenDatabaseError(
        `portal-url: there is no password for ${username}: set PGPASSWORD, or add it to the file ~/.pgpass`,
      );
    await tryLogin({ ...connection, password });
    return { ...connection, password };
  };
  const [read, anonymize, verify, maintain] = await Promise.all(Object.values(ROLES).map(login));
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
async function tryLogin({ username: user, ca, ...connection }: PortalConnection): Promise<void> {
  const isHere = ['localhost', '127.0.0.1', '::1'].includes(connection.host);
  const ssl = ca ? { ca } : !isHere;
  const client = new Client({ ...connection, user, ssl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
  } catch (error) {
    throw new GivenDatabaseError(
      `portal-url: ${user} cannot log in to the Portal database (${(error as { code?: string }).code ?? 'no answer'})`,
    );
  } finally {
    await client.end().catch(() => {});
  }
}
