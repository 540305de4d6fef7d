import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { LocalSystem } from '../../local/system.ts';
import { Stores } from '../chaos/stores.ts';
import { childrenOf } from './workers.ts';

/**
 * What holds personal data by design: tickets belong to their vendor, a cluster to the Portal. LevelDB packs what tables hold: those are
 * read item by item.
 */
const LEFT_OUT = /(^|\/)(tickets\.json|cluster|tables)$/;
/** The index of a Part may name accounts, as the rows beside it do (docs/security.md, "Where names may be"). A password is in none. */
const INDEX_OF_PART = /(^|\/)parts\/.*\/index\.json\.data$/;

/** The indexes of Parts, in which names may be, and all else. */
export function withIndexesApart(places: Readonly<Record<string, Buffer>>) {
  const only = (isIndex: boolean) =>
    Object.fromEntries(Object.entries(places).filter(([title]) => INDEX_OF_PART.test(title) === isIndex));
  return { indexes: only(true), others: only(false) };
}

/** Files below a folder with what they hold, by their path there. */
export function filesOf(folder: string): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  const walk = (place: string) => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (LEFT_OUT.test(path)) continue;
      if (entry.isDirectory()) walk(path);
      if (entry.isFile()) files[relative(folder, path)] = readFileSync(path);
    }
  };
  walk(folder);
  return files;
}

/**
 * All in which something could have been left, by title: logs, histories, objects and temporary files with their names, and the
 * items of the tables. @param folder of the system's data and temporary files
 */
export async function placesOf(system: LocalSystem, folder: string): Promise<Record<string, Buffer>> {
  const stores = new Stores(system);
  try {
    const files = filesOf(folder);
    const tables: Record<string, Buffer> = {};
    for (const table of tablesOf(system)) tables[table] = bytesOf(await stores.items(table));
    return { ...files, 'names of files': Buffer.from(Object.keys(files).join('\n')), ...tables };
  } finally {
    stores.close();
  }
}

type Table = Parameters<Stores['items']>[0];

/** Every table of a system, by the name of its variable. */
export const tablesOf = ({ awsEnvironment }: LocalSystem): Table[] =>
  Object.keys(awsEnvironment).filter((name): name is Table => name.endsWith('_TABLE'));

/** All texts of a value as they are, names of fields too, and whatever binary it holds. */
function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value === null || typeof value !== 'object') return Buffer.from(`${value}\n`);
  return Buffer.concat(Object.entries(value).flatMap(([name, part]) => [bytesOf(name), bytesOf(part)]));
}

/** A person's own `gdpr` gets name and password from that person. */
const OWN_COMMAND = 'cli/main.ts';
const LOOK_MS = 250;

/** Arguments and environment of every process of a system, for as long as it watches. */
export class ProcessWatch {
  readonly #root: number | 'self';
  readonly #argv = new Set<string>();
  readonly #environments = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(root: number | 'self' = 'self') {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(root), LOOK_MS);
  }

  places(): Record<string, Buffer> {
    this.#look(this.#root);
    return {
      argv: Buffer.from([...this.#argv].join('\n'), 'latin1'),
      environments: Buffer.from([...this.#environments].join('\n'), 'latin1'),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(parent: number | 'self'): void {
    for (const { pid, command } of childrenOf(parent)) {
      this.#look(pid);
      const key = `${pid} ${command}`; // a process becomes another program, and a server's session says what it does
      if (command.includes(OWN_COMMAND) || this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#argv.add(Buffer.from(command).toString('latin1'));
      this.#environments.add(environmentOf(pid));
    }
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}
