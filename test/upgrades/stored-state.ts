import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { TABLES } from '../../local/environment.ts';

/** What a recording is about: what its test must know beside the stored state. */
export interface Facts {
  readonly version: string;
  /** When the system was stopped, ISO 8601 UTC. */
  readonly recordedAt: string;
  /** Options of the simulator that gives the same Engines again. */
  readonly engines: { readonly engines: number; readonly rows: number; readonly seed: number; readonly now: string };
  /** Of the subject of all retrievals, and of the subject that was anonymized. Nobody has these names. */
  readonly retrieved: string;
  readonly anonymized: string;
  readonly requests: Readonly<Record<RecordedRequest, string>>;
  /** The Engine that was not finished when the system was stopped. */
  readonly unfinishedEngine: string;
  /** Key of the commitment of the certificate, base64, and the public key of its issuer, PEM. */
  readonly nonce: string;
  readonly publicKey: string;
  /** CA of the time-stamping authority, PEM. */
  readonly stampCa: string;
}

/** Requests of a recording, by what they are there for. */
export const RECORDED = [
  'completed',
  'incomplete',
  'anonymized',
  'awaitingApproval',
  'awaitingLogin',
  'inFlight',
] as const;
export type RecordedRequest = (typeof RECORDED)[number];

const FACTS = 'facts.json';
/** Every recorded version; each has a folder here. */
export const VERSIONS = (await readdir(import.meta.dirname)).filter((name) =>
  existsSync(join(import.meta.dirname, name, FACTS)),
);

const SUMS = 'SHA256SUMS';
const EXECUTIONS = 'executions.jsonl';
const OBJECTS = 'objects.jsonl';
/** Not called so in the words of scanners: these keys have never protected anything. */
const KEYS = 'keys-of-a-simulation.json';
const tableFile = (table: string): string => `table-${table}.jsonl`;

/** A file of a data folder: text as it is, so that it can be read, unless it is long. */
type PackedFile = { readonly path: string } & (
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly gzipBase64: string }
);
const MAX_TEXT_BYTES = 40_000;

/**
 * Writes what a system has stored: tables, objects, executions, and the keys in its data folder. The Portal database is left out.
 * @param folder of the version; it is made
 */
export async function pack(dataDir: string, dynamo: DynamoDBClient, facts: Facts, folder: string): Promise<void> {
  await mkdir(folder);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  for (const table of Object.values(TABLES)) {
    const items: string[] = [];
    for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: table })) {
      items.push(...Items.map((item) => JSON.stringify(item, binaryAsBase64)));
    }
    await write(tableFile(table), linesOf(items.sort()));
  }
  const objects = await packFiles(join(dataDir, 'objects'));
  await write(OBJECTS, linesOf(objects.map((file) => JSON.stringify(file))));
  const keys = await filesUnder(join(dataDir, 'secrets'));
  const encoded = keys.map(([path, bytes]) => [path, bytes.toString('base64')]);
  await write(KEYS, `${JSON.stringify(Object.fromEntries(encoded), null, 2)}\n`);
  await write(EXECUTIONS, await readFile(join(dataDir, EXECUTIONS), 'utf8'));
  await write(FACTS, `${JSON.stringify(facts, null, 2)}\n`);
}

/** Puts all of a recording but the tables where a local system looks for it. */
export async function unpack(folder: string, dataDir: string): Promise<void> {
  const put = async (path: string, bytes: Buffer) => {
    await mkdir(dirname(join(dataDir, path)), { recursive: true });
    await writeFile(join(dataDir, path), bytes, { mode: 0o600 });
  };
  for (const file of await readLines<PackedFile>(join(folder, OBJECTS))) {
    await put(join('objects', file.path), bytesOf(file));
  }
  const keys = JSON.parse(await readFile(join(folder, KEYS), 'utf8')) as Record<string, string>;
  for (const [path, base64] of Object.entries(keys)) await put(join('secrets', path), Buffer.from(base64, 'base64'));
  await put(EXECUTIONS, await readFile(join(folder, EXECUTIONS)));
}

/** Puts the items of a recording into tables. @param without tables that stay empty */
export async function loadTables(
  folder: string,
  dynamo: DynamoDBClient,
  without: readonly string[] = [],
): Promise<void> {
  for (const table of Object.values(TABLES).filter((each) => !without.includes(each))) {
    const file = join(folder, tableFile(table));
    if (!existsSync(file)) continue; // a table that this version did not have
    const items = await readLines<Record<string, AttributeValue>>(file, base64AsBinary);
    for (const Item of items) await dynamo.send(new PutItemCommand({ TableName: table, Item }));
  }
}

export const readFacts = async (folder: string): Promise<Facts> =>
  JSON.parse(await readFile(join(folder, FACTS), 'utf8')) as Facts;

/** Every file of a recording with its SHA-256, as `sha256sum` prints them. */
export async function sumsOf(folder: string): Promise<string> {
  const files = (await filesUnder(folder)).filter(([path]) => path !== SUMS);
  return linesOf(files.map(([path, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${path}`));
}
export const readSums = (folder: string): Promise<string> => readFile(join(folder, SUMS), 'utf8');
export const writeSums = async (folder: string): Promise<void> => writeFile(join(folder, SUMS), await sumsOf(folder));

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

async function readLines<T>(file: string, reviver?: (key: string, value: unknown) => unknown): Promise<T[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line, reviver) as T);
}

/** DynamoDB's JSON: `{"B": "<base64>"}`. The value is read from its owner, since a Buffer turns itself into JSON first. */
function binaryAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const own = this[key];
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
}
const base64AsBinary = (key: string, value: unknown): unknown =>
  key === 'B' && typeof value === 'string' ? Buffer.from(value, 'base64') : value;

async function packFiles(root: string): Promise<PackedFile[]> {
  return (await filesUnder(root)).map(([path, bytes]) => {
    const text = bytes.toString('utf8');
    if (!Buffer.from(text).equals(bytes)) return { path, base64: bytes.toString('base64') };
    return bytes.length > MAX_TEXT_BYTES ? { path, gzipBase64: gzipSync(bytes).toString('base64') } : { path, text };
  });
}

function bytesOf(file: PackedFile): Buffer {
  if ('text' in file) return Buffer.from(file.text);
  if ('base64' in file) return Buffer.from(file.base64, 'base64');
  return gunzipSync(Buffer.from(file.gzipBase64, 'base64'));
}

/** Files with their paths below a folder, in the order of the paths. */
async function filesUnder(root: string): Promise<[string, Buffer][]> {
  const entries = (await readdir(root, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
  return Promise.all(paths.map(async (path): Promise<[string, Buffer]> => [path, await readFile(join(root, path))]));
}
