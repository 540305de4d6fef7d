import { readFile } from 'node:fs/promises';
import pgpass from 'pgpass';
import type { PortalConnection } from '../../modules/portal/settings.ts';

const DEFAULT_PORT = 5432;

/**
 * How to reach `postgresql://role@host:5432/database`, as `psql` would: `PGPASSWORD`, the password file, the CA of `PGSSLROOTCERT`.
 * @param role where the address has none @returns undefined when it is no such address; no password when none is kept
 */
export async function connectionTo(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
  role = 'gdpr_read',
): Promise<(Omit<PortalConnection, 'password'> & { readonly password: string | undefined }) | undefined> {
  const url = URL.parse(address);
  if (!url?.hostname || !/^postgres(ql)?:$/.test(url.protocol) || url.search || /%(?![\da-f]{2})/i.test(address))
    return undefined;
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!database) return undefined;
  const { PGPASSWORD, PGSSLROOTCERT } = environment;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || DEFAULT_PORT);
  const username = decodeURIComponent(url.username) || role;
  const kept = () =>
    new Promise<string | undefined>((resolve) => pgpass({ host, port, database, user: username }, resolve));
  const password = decodeURIComponent(url.password) || PGPASSWORD || (await kept());
  const ca = PGSSLROOTCERT ? { ca: await readFile(PGSSLROOTCERT, 'utf8') } : {};
  return { host, port, database, username, password, ...ca };
}
