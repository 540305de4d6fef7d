import { readFile } from 'node:fs/promises';
import { checkMapping, discoverMapping } from '../../modules/portal/mapping/discover.ts';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { type Given, parseArguments, textOf } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { print, printJson, warn } from '../output.ts';
import { portalConnection } from '../portal-connection.ts';

const CONNECTION = { 'database-url-env': { type: 'string' }, json: { type: 'boolean' } } as const;
/** The mapping of the reference schema, which `npm start` uses. */
const REFERENCE = new URL('../../local/portal-database/portal-mapping.json', import.meta.url);

/** `gdpr portal discover` and `gdpr portal check`: the mapping of the Portal database (docs/portal-mapping.md). */
export async function portal([verb, ...args]: readonly string[]): Promise<number> {
  if (verb === 'discover') return discover(args);
  if (verb === 'check') return check(args);
  throw new UsageError('gdpr portal takes discover or check');
}

/** Prints a proposal as one JSON document, and what a human must still decide. */
async function discover(args: readonly string[]): Promise<number> {
  const { given } = parseArguments(args, { ...CONNECTION, planted: { type: 'string' } });
  const source = await portalConnection(given);
  const { mapping, unclassified } = await discoverMapping(source, textOf(given, 'planted'));
  printJson({ mapping, unclassified });
  for (const { column, type, why } of unclassified) warn(`${column} (${type}): ${why}`);
  warn(`${mapping.tables.length} tables proposed, ${unclassified.length} columns not classified. This is a proposal:`);
  warn('look at each line, complete it, then let `gdpr portal check` tell the fingerprint that approves it.');
  return 0;
}

/** Compares an approved mapping with the live schema. @returns 1 when it does not fit */
async function check(args: readonly string[]): Promise<number> {
  const { given } = parseArguments(args, { ...CONNECTION, mapping: { type: 'string' } });
  const mapping = await readMapping(given);
  const problems = await checkMapping(await portalConnection(given), mapping);
  if (given.json) printJson({ fits: problems.length === 0, problems });
  else if (problems.length === 0) print('The mapping fits the database.');
  for (const problem of problems) warn(problem);
  return problems.length === 0 ? 0 : 1;
}

async function readMapping(given: Given): Promise<PortalMapping> {
  const file = textOf(given, 'mapping') ?? REFERENCE;
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError('--mapping names a file that cannot be read');
  });
  const parsed = PortalMapping.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--mapping is no mapping: ${issue?.path.join('.')}: ${issue?.message}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('--mapping is not JSON');
  }
}
