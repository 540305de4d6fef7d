import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { UsageError } from '../errors.ts';
import { parseJson, readSystemFile, readTyped } from '../files.ts';
import { print, printJson, warn } from '../output.ts';
import { Verb } from '../verb.ts';

/** The mapping of the reference schema, which `npm start` uses. */
const REFERENCE = fileURLToPath(new URL('../../local/portal-database/portal-mapping.json', import.meta.url));
const VARIABLE = [
  '--database-url-env <VAR>',
  'variable that holds postgresql://user:password@host:5432/database; default: GDPR_PORTAL_URL, else the database of the system that runs here. PGSSLROOTCERT names a CA file',
] as const;

interface Options {
  readonly databaseUrlEnv?: string;
  readonly json?: true;
}

/** `gdpr portal discover` and `gdpr portal check`: the mapping of the Portal database. Their code is loaded on use. */
export const portal = new Verb('portal', 'Find or check the mapping of the Portal database. Nothing is changed there.')
  .addCommand(
    new Verb(
      'discover',
      'Propose a mapping of the Portal database, as JSON. Complete it by hand (docs/portal-mapping.md).',
    )
      .option('--planted <NAME>', 'a name that you put into the Portal: its columns are found by it')
      .option(...VARIABLE)
      .example('gdpr portal discover --planted gdpr.probe > mapping.json')
      .does<Options & { planted?: string }>(discover),
  )
  .addCommand(
    new Verb('check', 'Compare a mapping with the Portal database.')
      .option('--mapping <FILE>', 'the mapping; default: the one of the reference schema')
      .option(...VARIABLE)
      .example('gdpr portal check --mapping mapping.json', { 0: 'fits', 1: 'does not fit' })
      .does<Options & { mapping?: string }>(check),
  );

/** Prints a proposal as one JSON document, and what a person must still decide. */
async function discover({ databaseUrlEnv, planted }: Options & { planted?: string }): Promise<number> {
  const source = await portalConnection(databaseUrlEnv);
  const { discoverMapping } = await import('../../modules/portal/mapping/discover.ts');
  const { mapping, unclassified } = await discoverMapping(source, planted);
  printJson({ mapping, unclassified });
  for (const { column, type, why } of unclassified) warn(`${column} (${type}): ${why}`);
  warn(`${mapping.tables.length} tables proposed, ${unclassified.length} columns not classified. This is a proposal:`);
  warn('check each line, complete it, then run `gdpr portal check`: it shows the fingerprint that approves it.');
  return 0;
}

async function check({ databaseUrlEnv, mapping: file, json }: Options & { mapping?: string }): Promise<number> {
  const mapping = await readMapping(file);
  const { checkMapping } = await import('../../modules/portal/mapping/discover.ts');
  const problems = await checkMapping(await portalConnection(databaseUrlEnv), mapping);
  if (json) printJson({ fits: problems.length === 0, problems });
  else if (problems.length === 0) print('The mapping fits the database.');
  for (const problem of problems) warn(problem);
  return problems.length === 0 ? 0 : 1;
}

async function readMapping(file: string | undefined): Promise<PortalMapping> {
  const value = parseJson(readTyped(file ?? REFERENCE, '--mapping'));
  if (value === undefined) throw new UsageError('--mapping is not JSON');
  const { PortalMapping } = await import('../../modules/portal/mapping/mapping.ts');
  const parsed = PortalMapping.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--mapping is not a mapping: ${issue?.path.join('.')}: ${issue?.message}`);
}

const DEFAULT_PORT = 5432;

/**
 * The database that `gdpr portal` looks at: `--database-url-env VAR`, else `GDPR_PORTAL_URL`, else that of the system
 * that runs here. The address holds a password, so it is never an argument. `PGSSLROOTCERT` names a CA file.
 * @throws {UsageError} none is given, or it is no address of a PostgreSQL
 */
async function portalConnection(variable?: string): Promise<PortalConnectionSource> {
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
