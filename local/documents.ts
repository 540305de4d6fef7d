import { readFileSync, statSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import type { SettingsDocument } from '../functions/wiring/settings.ts';
import { PortalMapping } from '../modules/portal/mapping/mapping.ts';
import { FAKE_CREDENTIALS, REGION } from './aws/names.ts';
import { ConfigError } from './config/explain.ts';
import { readOperatorsFile } from './config/operator.ts';
import type { OperatorsFile } from './config/read-config.ts';
import { BUCKET, SERVICE_ACCOUNT_SECRET } from './environment.ts';
import type { Nexthink } from './nexthink.ts';
import { GivenDatabaseError } from './portal-database/given-database.ts';
import { referenceMapping } from './portal-database/portal-database.ts';
import type { Simulator } from './simulator/simulator.ts';

type Document = z.input<typeof SettingsDocument>;

/**
 * What an operator sets, as documents in the bucket: `settings/settings.json` and `settings/portal-mapping.json`. They follow
 * the operator's files: a change counts at the next call.
 */
export class Documents {
  readonly #s3: S3Client;
  readonly #file: string | undefined;
  readonly #nexthink: Nexthink;
  readonly #mappingFile: string | undefined;
  #more: Partial<Document> | undefined;
  #seen = '';
  #watched: readonly string[] = [];
  #wrong: string | undefined;

  /**
   * @param file of the operator; it need not be there
   * @param mappingFile of a Portal database that the file does not name
   */
  constructor(objectsUrl: string, file: string | undefined, nexthink: Nexthink, mappingFile?: string) {
    this.#s3 = new S3Client({ endpoint: objectsUrl, region: REGION, credentials: FAKE_CREDENTIALS });
    this.#file = file;
    this.#nexthink = nexthink;
    this.#mappingFile = mappingFile;
  }

  /** Puts the documents as they are now. @param more of what is simulated @throws {ConfigError} */
  async put(more = this.#more): Promise<void> {
    this.#more = more;
    const operators = readOperatorsFile(this.#file);
    this.#watched = this.#file === undefined ? [] : operators.files;
    this.#seen = stampOf(this.#watched);
    this.#wrong = undefined;
    await this.#putDocument('settings.json', JSON.stringify(settingsOf(operators, this.#nexthink, more)));
    const mapping =
      operators.mapping ??
      (await (this.#mappingFile === undefined ? referenceMapping() : mappingIn(this.#mappingFile)));
    await this.#putDocument('portal-mapping.json', JSON.stringify(mapping));
  }

  /** Puts them again when a file has changed. A file that is wrong stops every call that needs settings, as on AWS. */
  async keepUp(): Promise<void> {
    if (this.#watched.length === 0 || stampOf(this.#watched) === this.#seen) return;
    try {
      await this.put();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#seen = ''; // look again at the next call
      if (error.message === this.#wrong) return; // said, and put, before
      await this.#putDocument('settings.json', error.message);
      if (error.message !== this.#wrong) console.error(`${error.message}\nCalls are refused until this is right.`);
      this.#wrong = error.message;
    }
  }

  async #putDocument(name: string, Body: string): Promise<void> {
    const where = { Bucket: BUCKET, Key: `settings/${name}`, ContentType: 'application/json' };
    await this.#s3.send(new PutObjectCommand({ ...where, Body }));
  }

  stop(): void {
    this.#s3.destroy();
  }
}

/** Changes when one of the files does. */
const stampOf = (files: readonly string[]): string =>
  files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();

/** The mapping of a Portal database of one's own. */
function mappingIn(file: string): PortalMapping {
  try {
    return PortalMapping.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new GivenDatabaseError('portal-mapping is not the file of a mapping: see `gdpr portal check`', {
      cause: error,
    });
  }
}

/** What the operator sets over what is simulated. */
function settingsOf(
  { settings }: OperatorsFile,
  { simulator, portal }: Nexthink,
  more: Partial<Document> | undefined,
): Document {
  const given = settings as Partial<Document>;
  const stand = simulator && standIns(simulator);
  const sources = [...(simulator ? ['engine' as const] : []), ...(portal.isGiven ? [] : ['portal' as const])];
  const engines = { ...stand?.engines };
  for (const [name, own] of Object.entries(given.engines ?? {})) engines[name] = { ...engines[name], ...own };
  return { ...stand, ...more, ...given, engines, simulated: sources } as Document;
}

/** The simulators' ports, and the authority that issued their certificates. */
function standIns({ portal, engines, caPem }: Simulator): Document {
  const trust = { mode: 'ca' as const, pem: caPem };
  return {
    portalApi: { url: portal.url, trust },
    serviceAccount: { secretId: SERVICE_ACCOUNT_SECRET },
    allowLoopback: true,
    engines: Object.fromEntries(engines.map(({ name, port }) => [name, { port, trust }])),
  };
}
