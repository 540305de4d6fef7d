import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Settings } from '../../functions/wiring/settings.ts';
import { GdprError } from '../../modules/common/errors.ts';
import type { ListEnginesRights } from '../../modules/engines/adapters/list-engines-api.ts';
import { ClientSecret } from '../../modules/engines/settings.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import type { Subject } from '../../modules/requests/subject.ts';
import { readConfig } from '../config/read-config.ts';
import { SecretFiles, writeOwn } from '../config/secret-files.ts';
import { RecordError } from './exchange.ts';
import { type Prepared, prepareRecording, type RealNexthink, textsOf } from './record.ts';

/**
 * Records what the Nexthink of an operator's file answers, with stand-ins. Nothing is written yet.
 * @throws {ConfigError | RecordError} each says what to change
 */
export async function recordFrom(file: string, dataDir: string, subject: Subject, login: Login): Promise<Prepared> {
  const nexthink = nexthinkOf(file, dataDir);
  try {
    return await prepareRecording(subject, login, nexthink);
  } catch (error) {
    if (error instanceof GdprError) throw new RecordError(error.message, { cause: error });
    throw error;
  }
}

/** Writes a recording into a new folder that its owner alone may read. @throws an error of the file system: it is there */
export function writeRecording(folder: string, prepared: Prepared): void {
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, text] of textsOf(prepared)) writeOwn(join(folder, name), text);
}

/** @throws {RecordError} Portal and Engines are simulated there */
function nexthinkOf(file: string, dataDir: string): RealNexthink {
  const { config, settings } = readConfig(file);
  const { portalApi } = config;
  if (!portalApi)
    throw new RecordError('portalApi: the file names no real Portal API, whose list of Engines is recorded first');
  const { engines, engineDefaults, federation, daysBack, rowLimit, confirmRows, account, ...rest } =
    Settings.parse(settings);
  return {
    portalUrl: portalApi.url,
    portalTrust: portalApi.trust,
    auth: rightsOf(portalApi.auth, dataDir),
    placeOf: ({ name, address }) => ({
      host: engines[name]?.host ?? address,
      port: engines[name]?.port ?? engineDefaults.port,
      trust: engines[name]?.trust ?? engineDefaults.trust,
    }),
    engines,
    federation,
    limits: { daysBack, rowLimit, confirmRows },
    account,
    noLicence: rest.noLicence,
    allowLoopback: rest.allowLoopback,
  };
}

function rightsOf(auth: NonNullable<Settings['portalApi']>['auth'], dataDir: string): ListEnginesRights {
  if (auth.mode === 'basic') return auth;
  const clientSecret = async () => {
    const text = new SecretFiles(dataDir).get(auth.secretId);
    if (text === undefined) throw new RecordError(`secret ${auth.secretId} is missing: see \`gdpr secret set\``);
    return ClientSecret.parse(JSON.parse(text)).clientSecret;
  };
  return { ...auth, clientSecret };
}
