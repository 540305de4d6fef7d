import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { dynamoRequests } from '../../adapters/dynamo-requests.ts';
import { engineWebApi } from '../../adapters/engine-web-api.ts';
import { jsonLog } from '../../adapters/json-log.ts';
import { kmsVault } from '../../adapters/kms-vault.ts';
import { listEnginesApi } from '../../adapters/list-engines-api.ts';
import { s3BundleStore } from '../../adapters/s3-bundle-store.ts';
import { s3LinkSigner } from '../../adapters/s3-link-signer.ts';
import { s3PartStore } from '../../adapters/s3-part-store.ts';
import { readSettings } from '../../adapters/s3-settings.ts';
import { sfnExecutions } from '../../adapters/sfn-executions.ts';
import { SettingsError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { Environment } from './config.ts';
import { Settings } from './settings.ts';

/** Makes a value once, when it is first asked for, and keeps it while the process is warm. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export const environment = once(() => Environment.parse(process.env));
const dynamo = once(() => new DynamoDBClient());
const s3 = once(() => new S3Client());
const kms = once(() => new KMSClient());
const sfn = once(() => new SFNClient());
export const secretsManager = once(() => new SecretsManagerClient());

export const clock: Clock = { now: () => new Date() };
export const newId = randomUUID;
export const log = jsonLog((line) => process.stdout.write(`${line}\n`));

export const requests = once(() => dynamoRequests(dynamo(), environment().REQUESTS_TABLE, clock));
export const vault = once(() =>
  kmsVault(kms(), dynamo(), { table: environment().SEALED_TABLE, keyId: environment().SEAL_KEY_ID, clock }),
);
export const parts = once(() => s3PartStore(s3(), environment().BUCKET));
export const bundles = once(() => s3BundleStore(s3(), environment().BUCKET));
export const links = once(() =>
  s3LinkSigner(s3(), { bucket: environment().BUCKET, seconds: environment().LINK_SECONDS, clock }),
);
export const executions = once(() =>
  sfnExecutions(sfn(), {
    retrieve: environment().RETRIEVE_STATE_MACHINE_ARN,
    anonymize: environment().ANONYMIZE_STATE_MACHINE_ARN,
  }),
);

/** A document of the operator's, read for each call: a change of trust must not wait for a cold start. */
export const settingsDocument = (document: string): Promise<unknown> =>
  readSettings(s3(), environment().BUCKET, document);

/** @throws {SettingsError} naming the field that is wrong */
export async function settings(): Promise<Settings> {
  const parsed = Settings.safeParse(await settingsDocument('settings.json'));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SettingsError('settings/settings.json', `${issue?.path.join('.')}: ${issue?.message}`);
}

/** What speaks to Portal and Engines, and what the operator has set about them. */
export async function nexthink() {
  const { portalApi, federation, engines, engineDefaults, ...limits } = await settings();
  const engineApi = engineWebApi({
    addressOf: ({ name, address }) => ({
      host: engines[name]?.host ?? address,
      port: engines[name]?.port ?? engineDefaults.port,
      trust: engines[name]?.trust ?? engineDefaults.trust,
    }),
    timeoutSeconds: environment().ENGINE_TIMEOUT_SECONDS,
    now: clock.now,
  });
  return { portalApi: listEnginesApi({ ...portalApi, now: clock.now }), engineApi, federation, limits };
}
