import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { LocalOptions } from '../options.ts';
import type { Config } from './config.ts';
import { ConfigError } from './explain.ts';
import { missingSecrets } from './named-secrets.ts';
import { type Part, partsOf } from './parts.ts';
import { configIn, DEMO, type OperatorsFile, readConfig } from './read-config.ts';
import { SecretFiles } from './secret-files.ts';

/** The file's name in the data folder, where no other one is named. */
const OPERATORS_FILE = 'gdpr.yaml';

/** What the operator of this machine has set. */
export interface Operator {
  /** It need not be there; absent for a system that lives for one call. */
  readonly file: string | undefined;
  /** As it was at the start. */
  readonly config: Config;
  readonly secrets: SecretFiles;
  readonly parts: readonly Part[];
}

/** @throws {ConfigError} the file is wrong, or a secret that it names is missing */
export function openOperator({ config: named, dataDir, portal }: LocalOptions, folder: string): Operator {
  const file = named ?? (dataDir === undefined ? undefined : join(folder, OPERATORS_FILE));
  const { config } = named === undefined ? readOperatorsFile(file) : readConfig(named);
  const secrets = new SecretFiles(folder);
  const missing = missingSecrets(config, secrets, named && (relative('', named) || named));
  if (missing.length > 0) throw new ConfigError(missing.join('\n'));
  return { file, config, secrets, parts: partsOf(config, portal !== undefined) };
}

/** The operator's file; a demo where there is none. @throws {ConfigError} */
export const readOperatorsFile = (file: string | undefined): OperatorsFile =>
  file === undefined || !existsSync(file) ? configIn(DEMO, file ?? OPERATORS_FILE) : readConfig(file);
