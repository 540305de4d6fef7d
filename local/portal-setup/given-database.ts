import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import pgpass from 'pgpass';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import type { PortalConnection } from '../../modules/portal/settings.ts';
import type { PortalDatabaseServer } from '../portal-database/portal-database.ts';
import type { RoleLogin } from '../portal-database/roles.ts';

const DEFAULT_PORT = 5432;

/** An option of a Portal database of one's own cannot be used. */
export class GivenDatabaseError extends Error {
  override readonly name = 'GivenDatabaseError';
}

/** The parts of `postgresql://role@host:5432/database`. @param role where none is given */
function portalAddress(text: string, role = 'gdpr_read'): Omit<PortalConnection, 'ca'> | undefined {
  const url = URL.parse(text);
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url?.hostname || !/^postgres(ql)?:$/.test(url.protocol) || !database) return undefined;
  const [username, password] = [url.username, url.password].map(decodeURIComponent) as [string, string];
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port || DEFAULT_PORT), database, username: username || role, password };
}

/** The password of a role from `PGPASSWORD`, else from the password file that `psql` uses, too. */
async function keptPassword({ host, port, database, username }: PortalConnection): Promise<string | undefined> {
  if (process.env.PGPASSWORD) return process.env.PGPASSWORD;
  return new Promise((resolve) => pgpass({ host, port, database, user: username }, resolve));
}

/** The CA that `PGSSLROOTCERT` names. */
async function portalCa(): Promise<{ readonly ca?: string }> {
  return process.env.PGSSLROOTCERT ? { ca: await readFile(process.env.PGSSLROOTCERT, 'utf8') } : {};
}

/**
 * How to reach a Portal database, with the password of its address, else a kept one, else the answer to `ask`.
 * @param role where the address has none; default: the one that may only read
 * @returns undefined when the text is no address
 */
export async function portalSource(
  text: string,
  ask: (role: string) => Promise<string>,
  role?: string,
): Promise<PortalConnectionSource | undefined> {
  const address = portalAddress(text, role);
  if (!address) return undefined;
  const password = address.password || (await keptPassword(address)) || (await ask(address.username));
  const connection = { ...address, password, ...(await portalCa()) };
  return async () => connection;
}

const ROLES = { read: 'gdpr_read', anonymize: 'gdpr_anonymize', verify: 'gdpr_verify', maintain: 'gdpr_maintain' };

/** A Portal database that is there already, with the four roles of the script. It is not started and not stopped. */
export async function givenDatabase(text: string): Promise<PortalDatabaseServer> {
  const address = portalAddress(text);
  if (!address) throw new GivenDatabaseError('portal-url must look like postgresql://host:5432/database');
  const { host, port, database } = address;
  const login = async (username: string): Promise<RoleLogin> => {
    const password = await keptPassword({ ...address, username });
    if (!password)
      throw new GivenDatabaseError(
        `portal-url: there is no password for ${username}: set PGPASSWORD, or add it to the file ~/.pgpass`,
      );
    const ca = await portalCa();
    await tryLogin({ host, port, database, username, password, ...ca });
    return { username, password, database, ...ca };
  };
  const [read, anonymize, verify, maintain] = await Promise.all(Object.values(ROLES).map(login));
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
