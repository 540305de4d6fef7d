import { randomBytes } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { askPassword, type ConnectionOptions, withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { parseJson, readSystemFile, readTyped, typedPath } from '../files.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { print, printJson, printRehearsal, warn } from '../output.ts';
import { portalUrl as portalUrlOption, type SubjectOptions, subjectOf, Verb, wholeNumber } from '../verb.ts';

/** The mapping of the reference schema, which `npm start` uses. */
const REFERENCE = fileURLToPath(new URL('../../local/portal-database/portal-mapping.json', import.meta.url));

type Options = { readonly portalUrl?: string; readonly mapping?: string; readonly json?: true };

type RehearseOptions = Options & SubjectOptions & { readonly rows: number };

interface DiscoverOptions extends ConnectionOptions {
  readonly portalUrl?: string;
  readonly engineNames?: true;
  readonly planted?: string;
  readonly plantedDevice?: string;
  readonly out?: string;
  readonly values?: true;
}

const portalVerb = (name: string, description: string) =>
  new Verb(name, description).addOption(portalUrlOption('GDPR_PORTAL_URL, else that of the system that runs here'));
const MAPPING = ['--mapping <FILE>', 'the mapping; default: the one of the reference schema'] as const;

/** `gdpr portal`: the mapping of the Portal database. Its code is loaded on use. */
export const portal = new Verb('portal', 'Find or check the mapping of the Portal database. Nothing is changed there.')
  .addCommand(
    portalVerb('discover', 'Propose a mapping of the Portal database. Check it by hand (docs/portal-mapping.md).')
      .option('--engine-names', 'compare values with the names that the Engines know; they stay in memory')
      .addOption(new Option('--planted <NAME>', 'test user put in to find its columns').conflicts('plantedDevice'))
      .option('--planted-device <NAME>', 'test device, likewise')
      .option('--out <FOLDER>', 'new folder for mapping, review page and roles; default: print the mapping')
      .option('--values', 'show values on the review page, which is then personal data')
      .withLogin()
      .withApi()
      .example('gdpr portal discover --engine-names --out proposal')
      .does<DiscoverOptions>(discover),
  )
  .addCommand(
    portalVerb('check', 'Compare a mapping with the Portal database.')
      .option(...MAPPING)
      .example('gdpr portal check --mapping mapping.json', { 0: 'fits', 1: 'does not fit' })
      .does<Options>(check),
  )
  .addCommand(
    portalVerb('rehearse', 'Do every step of an anonymization, then roll it back. Rows are locked meanwhile.')
      .withSubject()
      .withAccounts()
      .option(...MAPPING)
      .option(
        '--rows <NUMBER>',
        'stop after this many changed rows; what was not tried is named',
        wholeNumber(1),
        100_000,
      )
      .example('gdpr portal rehearse --user jmeyer --mapping mapping.json', {
        0: 'an anonymization would succeed',
        1: 'it would be refused',
        5: 'nothing was found',
      })
      .does<RehearseOptions>(rehearsePortal),
  )
  .addCommand(
    portalVerb('roles', 'Print the SQL that makes the four database roles for a mapping.')
      .option(...MAPPING)
      .example('gdpr portal roles --mapping mapping.json > portal-roles.sql')
      .does<Options>(roles),
  );

async function discover(options: DiscoverOptions): Promise<number> {
  const folder = options.out === undefined ? undefined : typedPath(options.out);
  if (folder)
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`--out must name a new folder (${error.code})`, { cause: error });
    });
  const proposal = await propose(options).catch(async (error: unknown) => {
    if (folder) await rmdir(folder);
    throw error;
  });
  const { mapping } = proposal;
  if (folder) {
    const { writeProposal } = await import('../../local/portal-setup/write-proposal.ts');
    await writeProposal(folder, proposal, options.values === true);
  } else printJson(mapping);
  for (const { question, columns, evidence } of mapping.decisions)
    warn(`${question} ${columns.length} columns, such as ${columns[0]} (${evidence})`);
  warn(`${mapping.tables.length} tables proposed, ${mapping.decisions.length} decisions left. This is a proposal:`);
  warn('look it over, decide and correct it. Then `gdpr portal check` shows the fingerprint that approves it.');
  return 0;
}

async function propose({ portalUrl, engineNames, planted, plantedDevice, ...options }: DiscoverOptions) {
  const source = await portalConnection(portalUrl);
  const { discoverMapping } = await import('../../local/portal-setup/discover.ts');
  const known = engineNames ? await namesOf(options) : undefined;
  const [kind, name] = planted === undefined ? (['device', plantedDevice] as const) : (['user', planted] as const);
  return discoverMapping(source, known, name === undefined ? undefined : { kind, name });
}

const namesOf = (options: ConnectionOptions) =>
  withConnection(options, async ({ ask, login }) => {
    const { users, devices, missing } = await ask('listNames', { body: { login: await login() } });
    for (const name of missing)
      warn(`${name} did not answer, or not with all names: columns without a known name become decisions`);
    return { user: users, device: devices, isCut: missing.length > 0 };
  });

/** Compares a mapping with the live schema. One that lacks decisions and its approval alone fits. */
async function check({ portalUrl, mapping: file, json }: Options): Promise<number> {
  const mapping = await readMapping(file);
  const { checkMapping } = await import('../../modules/portal/mapping/live-check.ts');
  const problems = await checkMapping(await portalConnection(portalUrl), mapping);
  const left = mapping.fingerprint === undefined ? (mapping.decisions ?? []).length + 1 : 0; // the last problems
  const fits = problems.length === left;
  if (json) printJson({ fits, approved: problems.length === 0, problems });
  else if (fits) print('The mapping fits the database.');
  for (const problem of problems) warn(problem);
  return fits ? 0 : 1;
}

async function roles({ portalUrl, mapping: file }: Options): Promise<number> {
  const mapping = await readMapping(file);
  const { readSchemas, rolesScript } = await import('../../local/portal-setup/roles-script.ts');
  process.stdout.write(`${rolesScript(mapping, await readSchemas(await portalConnection(portalUrl)))}\n`);
  return 0;
}

/** Does all that an anonymization does with the role of the anonymization, and says what stands in its way. */
async function rehearsePortal({ portalUrl, mapping: file, rows, json, ...options }: RehearseOptions): Promise<number> {
  const mapping = await readMapping(file);
  const source = await portalConnection(portalUrl, 'gdpr_anonymize');
  const { rehearse } = await import('../../modules/portal/anonymize/anonymizer.ts');
  const { refuseUnfitMapping } = await import('../../modules/portal/mapping/live-check.ts');
  const { drawToken } = await import('../../modules/portal/names/tokens.ts');
  const { PortalPolicy } = await import('../../modules/portal/settings.ts');
  await refuseUnfitMapping(source, mapping);
  const what = { subject: subjectOf(options), token: drawToken(randomBytes), most: rows };
  const rehearsal = await rehearse(source, mapping, PortalPolicy.parse({}), what);
  if (json) printJson(rehearsal);
  else printRehearsal(rehearsal);
  if (rehearsal.refusals.length > 0) return 1;
  return Object.values(rehearsal.rowsByTable).some((count) => count > 0) ? 0 : 5;
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

/** The database of `--portal-url`, else of `GDPR_PORTAL_URL`, else of the system that runs here. @throws {UsageError} */
async function portalConnection(portalUrl?: string, role?: string): Promise<PortalConnectionSource> {
  const text = portalUrl ?? (process.env.GDPR_PORTAL_URL || (await readSystemFile())?.portalUrl);
  if (!text) throw new UsageError('No database: give --portal-url postgresql://role@host:5432/database');
  const { connectionTo } = await import('../../local/portal-setup/connection-address.ts');
  const connection = await connectionTo(text, process.env, role);
  if (connection) {
    const password = connection.password ?? (await askPassword(connection.username, listenForInterrupt()));
    return async () => ({ ...connection, password });
  }
  const given = portalUrl === undefined ? 'GDPR_PORTAL_URL' : '--portal-url';
  throw new UsageError(`${given} must look like postgresql://role@host:5432/database`);
}
