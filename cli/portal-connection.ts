import { readFile } from 'node:fs/promises';
import type { PortalConnectionSource } from '../modules/portal/database/connection.ts';
import { UsageError } from './errors.ts';
import { readSystemFile } from './files.ts';

const DEFAULT_PORT = 5432;

/**
 * The database that `gdpr portal` looks at: `--database-url-env VAR`, else `GDPR_PORTAL_URL`, else that of the system
 * that runs here. The address holds a password, so it is never an argument. `PGSSLROOTCERT` names a CA file.
 * @throws {UsageError} none is given, or it is no address of a PostgreSQL
 */
export async function portalConnection(variable?: string): Promise<PortalConnectionSource> {
  const name = variable ?? 'GDPR_PORTAL_URL';
  const told = process.env[name];
  if (!told && variable) throw new UsageError(`The variable ${variable} is not set`);
  const address = told ?? (await readSystemFile())?.portalUrl;
  if (!address) throw new UsageError('No database: set GDPR_PORTAL_URL, or give --database-url-env VAR');
  const connection = read(address, name);
  const ca = process.env.PGSSLROOTCERT ? await readFile(process.env.PGSSLROOTCERT, 'utf8') : undefined;
  return async () => ({ ...connection, ...(ca && { ca }) });
}

function read(address: string, variable: string) {
  const url = URL.parse(address);
  const database = decodeURIComponent(url?.pathname.slice(1) ?? '');
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || !url.username || !database) {
    throw new UsageError(`${variable} must look like postgresql://user:password@host:5432/database`);
  }
  const [username, password] = [url.username, url.password].map(decodeURIComponent) as [string, string];
  return { host: url.hostname, port: Number(url.port || DEFAULT_PORT), database, username, password };
}
