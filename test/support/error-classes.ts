import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorTable, GdprError } from '../../modules/common/errors.ts';

/** The error classes and the error tables that one file exports, and every error class that it declares. */
export interface ErrorFile {
  readonly room: string;
  readonly file: string;
  readonly declared: readonly string[];
  readonly errors: readonly GdprError[];
  readonly tables: Readonly<Record<string, ErrorTable>>;
}

const DECLARATION = /class (\w+) extends (?:GdprError|errorOf\()/g;

/** Every file of modules/ and functions/ that declares an error class, with one instance of each that it exports. */
export function errorFiles(): Promise<ErrorFile[]> {
  const files = ['modules', 'functions'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${root}/${name}`),
  );
  const declaring = files.map((file) => ({
    file,
    declared: [...readFileSync(file, 'utf8').matchAll(DECLARATION)].map(([, name]) => name!),
  }));
  return Promise.all(declaring.filter(({ declared }) => declared.length > 0).map(read));
}

async function read({ file, declared }: Pick<ErrorFile, 'file' | 'declared'>): Promise<ErrorFile> {
  const exported = Object.entries((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  return {
    room: dirname(file),
    file,
    declared,
    errors: exported.flatMap(([, value]) => (isErrorClass(value) ? [make(value)] : [])),
    tables: Object.fromEntries(exported.flatMap(([name, value]) => (isTable(name, value) ? [[name, value]] : []))),
  };
}

type ErrorClass = new (...args: unknown[]) => GdprError;

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof GdprError;

const isTable = (name: string, value: unknown): value is ErrorTable =>
  name.endsWith('_ERRORS') && typeof value === 'object';

/** No constructor of an error reads more of its first argument than a list can give. */
const make = (Class: ErrorClass): GdprError => new Class([]);
