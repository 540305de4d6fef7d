import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { parse, parseDocument } from 'yaml';
import { OF_THIS_MACHINE } from './config.ts';
import { ConfigError } from './explain.ts';
import { setSecret } from './named-secrets.ts';
import { openOperator, readOperatorsFile } from './operator.ts';
import type { Part } from './parts.ts';
import { configIn, DEMO, effective } from './read-config.ts';
import { SecretFiles, writeOwn } from './secret-files.ts';

/** What is real, when the system could start so. @throws {ConfigError} a field is wrong, or a secret is missing */
export const checkFile = (file: string, dataDir: string): readonly Part[] =>
  openOperator({ ...(existsSync(file) && { config: file }), dataDir }, dataDir).parts;

/** All that is set by the file and its preset, as `settings.json`; one field as it counts. @throws {ConfigError} */
export function getSetting(file: string, field: string | undefined): unknown {
  const operators = readOperatorsFile(file);
  if (field === undefined) return operators.settings;
  const value = effective(operators, field);
  if (value === undefined) throw new ConfigError(`${field}: there is no such setting, or it has no value`);
  return value;
}

/**
 * Changes one field of the file; its comments stay.
 * @param value in YAML, such as `30` or `[a, b]`
 * @returns whether it counts at the next start only
 * @throws {ConfigError} the file would be wrong; it is left as it is
 */
export function setSetting(file: string, field: string, value: string): boolean {
  const target = existsSync(file) ? realpathSync(file) : file;
  const document = parseDocument(existsSync(file) ? readFileSync(file, 'utf8') : DEMO);
  const path = field.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  try {
    document.setIn(path, document.createNode(parse(value)));
  } catch {
    throw new ConfigError(`${field}: has no place in the file, or the value is not YAML; edit the file by hand`);
  }
  const text = document.toString({ lineWidth: 0 });
  configIn(text, target);
  writeOwn(target, text);
  return (OF_THIS_MACHINE as readonly string[]).includes(String(path[0]));
}

/** Keeps a secret that the file names. @throws {ConfigError} */
export const keepSecretOf = (file: string, dataDir: string, name: string, value: string, username?: string): void =>
  setSecret(readOperatorsFile(file).config, new SecretFiles(dataDir), name, value, username);
