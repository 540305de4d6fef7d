import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { Settings, SettingsDocument } from '../../functions/wiring/settings.ts';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { areEnginesNamed, Config, OF_THIS_MACHINE } from './config.ts';
import { ConfigError, explain } from './explain.ts';
import { PRESETS } from './presets.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The operator's file, read and checked. */
export interface OperatorsFile {
  readonly config: Config;
  /** `settings.json` without what is simulated: the preset's fields and those of the file. */
  readonly settings: Fields;
  /** `portal-mapping.json`, when the file names a Portal database. */
  readonly mapping: PortalMapping | undefined;
  /** All files that were read: what is set changes when one of them does. */
  readonly files: readonly string[];
}

/** Nothing is real, and nothing is set. */
export const DEMO = 'preset: demo\n';

/** Stands where the Portal is simulated, so that the rest can be checked. */
const NO_PORTAL = { url: 'https://portal.invalid' };

/** @throws {ConfigError} it cannot be read, or a field is wrong */
export const readConfig = (file: string): OperatorsFile => configIn(readText(file, 'the file'), file);

/** @param file where the text is from: paths in it begin at its folder @throws {ConfigError} */
export function configIn(text: string, file: string): OperatorsFile {
  const files = [file];
  const fileAt = (path: string, field: string) => {
    const full = resolve(dirname(file), path);
    files.push(full);
    return readText(full, field);
  };
  try {
    const given = withPems(fieldsIn(text), fileAt) as Fields;
    const parsed = Config.safeParse(given);
    if (!parsed.success) throw new ConfigError(explain(parsed.error).join('\n'));
    const config = parsed.data;
    refuseHalfNamed(config);
    const own = Object.entries(given).filter(([name]) => !(OF_THIS_MACHINE as readonly string[]).includes(name));
    const settings = merged(PRESETS[config.preset], Object.fromEntries(own)) as Fields;
    const whole = Settings.safeParse({ portalApi: NO_PORTAL, ...settings });
    if (!whole.success) throw new ConfigError(explain(whole.error).join('\n'));
    const { portalDatabase } = config;
    const mapping = portalDatabase && mappingIn(fileAt(portalDatabase.mapping, 'portalDatabase.mapping'));
    return { config, settings, mapping, files };
  } catch (error) {
    const told = error instanceof RangeError ? new ConfigError('is nested too deeply') : error;
    if (!(told instanceof ConfigError)) throw told;
    const message = told.message.replaceAll(/^/gm, `${basename(file)}: `);
    throw new ConfigError(message.slice(0, 2000).toWellFormed()); // names of fields come from the file, however long they are
  }
}

/** Engines that no Portal API lists need what it would tell. @throws {ConfigError} */
function refuseHalfNamed(config: Config): void {
  if (config.portalApi || !areEnginesNamed(config)) return;
  const all = Object.entries(config.engines).flatMap(([name, { host, timezone }]) => [
    ...(host === undefined ? [`engines.${name}.host: is missing; write its DNS name or address`] : []),
    ...(timezone === undefined
      ? [`engines.${name}.timezone: is missing; write its IANA zone, such as Europe/Zurich`]
      : []),
  ]);
  const lines = all.map((line) => `${line}, since no portalApi tells it`);
  if (lines.length > 0) throw new ConfigError(lines.join('\n'));
}

/** The value of one field as it counts, its default when nobody has set it. */
export function effective({ settings }: OperatorsFile, field: string): unknown {
  const values: unknown = SettingsDocument.parse(settings);
  return field.split('.').reduce((value, key) => (value as Fields | undefined)?.[key], values);
}

function readText(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${field}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function fieldsIn(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'error' }); // warnings would quote the file
  const [error] = document.errors;
  if (error) throw new ConfigError(`is not YAML: ${error.message.split('\n')[0]!.replace(/:$/, '')}`);
  try {
    const fields: unknown = document.toJS() ?? {};
    JSON.stringify(fields); // throws for an alias inside what it stands for
    return fields;
  } catch (error) {
    throw new ConfigError('has aliases that hold each other, or too many', { cause: error });
  }
}

/** Puts the text of a PEM file in the place of its path. */
function withPems(
  value: unknown,
  fileAt: (path: string, field: string) => string,
  path: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) return value.map((each, at) => withPems(each, fileAt, [...path, String(at)]));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inside]) => {
    const isPath = ['pem', 'ca'].includes(key) && typeof inside === 'string' && !inside.includes('-----BEGIN');
    const field = [...path, key];
    return [key, isPath ? fileAt(inside, field.join('.')) : withPems(inside, fileAt, field)];
  });
  return Object.fromEntries(entries);
}

/** The second over the first, field by field. */
function merged(under: unknown, over: unknown): unknown {
  const areFields = [under, over].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
  if (!areFields) return over ?? under;
  const [low, high] = [under as Fields, over as Fields];
  const names = new Set([...Object.keys(low), ...Object.keys(high)]);
  return Object.fromEntries([...names].map((name) => [name, merged(low[name], high[name])]));
}

function mappingIn(text: string): PortalMapping {
  try {
    return PortalMapping.parse(JSON.parse(text));
  } catch (error) {
    throw new ConfigError('portalDatabase.mapping: is not the file of a mapping: see `gdpr portal check`', {
      cause: error,
    });
  }
}
