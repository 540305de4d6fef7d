import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes a file that its owner alone may read, whole or not at all. */
export function writeOwn(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}

/** The operator's secrets, a file each, as Secrets Manager keeps them on AWS. They are read at each use. */
export class SecretFiles {
  readonly #folder: string;

  /** @param dataDir of the system */
  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'secrets/values');
  }

  /** @returns undefined when it was never set */
  get(name: string): string | undefined {
    try {
      return readFileSync(this.#fileOf(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  set(name: string, value: string): void {
    writeOwn(this.#fileOf(name), value);
  }

  #fileOf(name: string): string {
    return join(this.#folder, encodeURIComponent(name));
  }
}
