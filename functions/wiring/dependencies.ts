import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type * as z from 'zod';
import { s3ArchiveReader } from '../../modules/archive/adapters/s3-archive-reader.ts';
import { s3ArchiveStore } from '../../modules/archive/adapters/s3-archive-store.ts';
import { s3LinkSigner } from '../../modules/archive/adapters/s3-link-signer.ts';
import { s3PartStore } from '../../modules/archive/adapters/s3-part-store.ts';
import type { ArchiveSettings } from '../../modules/archive/contents/compose.ts';
import { jsonLog } from '../../modules/common/adapters/json-log.ts';
import { kmsMacs } from '../../modules/common/adapters/kms-hmac.ts';
import { readSettings } from '../../modules/common/adapters/s3-documents.ts';
import { readSecret } from '../../modules/common/adapters/secrets.ts';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { SettingsError } from '../../modules/common/errors.ts';
import type { Clock } from '../../modules/common/ports.ts';
import { dynamoLeases } from '../../modules/engines/adapters/dynamo-leases.ts';
import { policyOf } from '../../modules/lifecycle/settings.ts';
import type { Trust } from '../../modules/net/trust.ts';
import { dynamoOutbox } from '../../modules/notices/adapters/dynamo-outbox.ts';
import { dynamoUnsubscribed } from '../../modules/notices/adapters/dynamo-unsubscribed.ts';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { refuseUnfitMapping } from '../../modules/portal/mapping/read-catalog.ts';
import { PortalConnection } from '../../modules/portal/settings.ts';
import { dynamoAnchors } from '../../modules/proof/adapters/dynamo-anchors.ts';
import { kmsSigner } from '../../modules/proof/adapters/kms-signer.ts';
import { dynamoOpenRequests } from '../../modules/requests/adapters/dynamo-open-requests.ts';
import { dynamoRequestList } from '../../modules/requests/adapters/dynamo-request-list.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import { dynamoSubjects } from '../../modules/requests/adapters/dynamo-subjects.ts';
import { kmsVault } from '../../modules/requests/adapters/kms-vault.ts';
import { sfnExecutions } from '../../modules/requests/adapters/sfn-executions.ts';
import type { CallerRules } from '../../modules/requests/caller.ts';
import { dynamoSuppression } from '../../modules/sentinel/adapters/dynamo-ledger.ts';
import { dynamoDeliveries } from '../../modules/tickets/adapters/dynamo-deliveries.ts';
import { dynamoCallCounter } from '../http/adapters/dynamo-call-counter.ts';
import { dynamoIdempotency } from '../http/adapters/dynamo-idempotency.ts';
import { Environment } from './environment.ts';
import { once } from './lazy.ts';
import { Settings } from './settings.ts';

export const environment = /* @__PURE__ */ once(() => Environment.parse(process.env));
const dynamo = /* @__PURE__ */ once(() => new DynamoDBClient());
/** A merge sends thousands of requests at once, and S3 may ask to slow down before it has spread the load. */
const s3 = /* @__PURE__ */ once(() => new S3Client({ maxAttempts: 6 }));
const kms = /* @__PURE__ */ once(() => new KMSClient());
const sfn = /* @__PURE__ */ once(() => new SFNClient());
export const eventBridge = /* @__PURE__ */ once(() => new EventBridgeClient());
const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient());

/** How Callers are told apart. */
export const callers = /* @__PURE__ */ once(
  (): CallerRules => ({ scopeClaim: environment().SCOPE_CLAIM, machines: environment().MACHINE_SCOPES }),
);

export const clock: Clock = { now: () => new Date() };
export { pause };
export const newId = randomUUID;
/** For one preview. */
export const newNonce = (): string => randomBytes(16).toString('base64url');
export const newKey = (): string => randomBytes(32).toString('base64');
export const log = /* @__PURE__ */ jsonLog((line) => process.stdout.write(`${line}\n`));

/** In the name of the function itself. */
export const requests = /* @__PURE__ */ once(() =>
  dynamoRequests(dynamo(), environment().REQUESTS_TABLE, clock, {
    id: environment().AWS_LAMBDA_FUNCTION_NAME,
    role: 'system',
  }),
);
export const requestList = /* @__PURE__ */ once(() => dynamoRequestList(dynamo(), environment().REQUESTS_TABLE));
export const idempotency = /* @__PURE__ */ once(() => dynamoIdempotency(dynamo(), environment().REQUESTS_TABLE, clock));
export const macs = /* @__PURE__ */ once(() => kmsMacs(kms(), environment().MAC_KEY_ID));
export const anchors = /* @__PURE__ */ once(() => dynamoAnchors(dynamo(), environment().REQUESTS_TABLE));
export const callCounter = /* @__PURE__ */ once(() => dynamoCallCounter(dynamo(), environment().REQUESTS_TABLE));
export const subjects = /* @__PURE__ */ once(() => dynamoSubjects(dynamo(), environment().SEALED_TABLE, clock));
export const suppression = /* @__PURE__ */ once(() => dynamoSuppression(dynamo(), environment().SEALED_TABLE));
export const openRequests = /* @__PURE__ */ once(() => dynamoOpenRequests(dynamo(), environment().REQUESTS_TABLE));
export const outbox = /* @__PURE__ */ once(() => dynamoOutbox(dynamo(), environment().REQUESTS_TABLE));
/** Webhooks of ticketing systems that were accepted. */
export const deliveries = /* @__PURE__ */ once(() => dynamoDeliveries(dynamo(), environment().REQUESTS_TABLE));
/** Webhooks that have unsubscribed. */
export const unsubscribed = /* @__PURE__ */ once(() => dynamoUnsubscribed(dynamo(), environment().REQUESTS_TABLE));
export const leases = /* @__PURE__ */ once(() => dynamoLeases(dynamo(), environment().REQUESTS_TABLE, { clock }));
export const vault = /* @__PURE__ */ once(() =>
  kmsVault(kms(), dynamo(), { table: environment().SEALED_TABLE, keyId: environment().SEAL_KEY_ID, clock }),
);
export const signer = /* @__PURE__ */ once(() => kmsSigner(kms(), environment().SIGN_KEY_ID));
export const parts = /* @__PURE__ */ once(() => s3PartStore(s3(), environment().BUCKET));
export const archives = /* @__PURE__ */ once(() => s3ArchiveStore(s3(), environment().BUCKET));
export const archiveReader = /* @__PURE__ */ once(() => s3ArchiveReader(s3(), environment().BUCKET));
export const links = /* @__PURE__ */ once(() =>
  s3LinkSigner(s3(), { bucket: environment().BUCKET, seconds: environment().LINK_SECONDS, clock }),
);
export const executions = /* @__PURE__ */ once(() =>
  sfnExecutions(sfn(), {
    retrieve: environment().RETRIEVE_STATE_MACHINE_ARN,
    anonymize: environment().ANONYMIZE_STATE_MACHINE_ARN,
  }),
);

/** A document of the operator's, read for each call: a change of trust must not wait for a cold start. */
const settingsDocument = (document: string): Promise<unknown> => readSettings(s3(), environment().BUCKET, document);

/** What an operator set about Portal API and Engines. */
export const settings = async (): Promise<Settings> =>
  check(Settings, 'settings.json', await settingsDocument('settings.json'));

/** The approved mapping of the Portal database (docs/portal-mapping.md). */
export const portalMapping = async (): Promise<PortalMapping> =>
  check(PortalMapping, 'portal-mapping.json', await settingsDocument('portal-mapping.json'));

/** The same, once it was found to fit the live schema as this role sees it. @throws {PortalMappingError} */
export async function fittingPortalMapping(role: PortalConnectionSource): Promise<PortalMapping> {
  const mapping = await portalMapping();
  await refuseUnfitMapping(role, mapping);
  return mapping;
}

/** One role's way into the Portal database, asked for at each use: a rotated secret counts at once. */
export const portalRole =
  (secretId: string): PortalConnectionSource =>
  async () =>
    readChecked(PortalConnection, 'secret of the Portal database', secretId);

/** A secret of this form. @param what it is, for errors @throws {SettingsError} */
export const readChecked = async <T>(schema: z.ZodType<T>, what: string, secretId: string): Promise<T> =>
  check(schema, what, await readSecret(secretsManager(), secretId, what));

/** @throws {SettingsError} naming the field that is wrong, without its value */
function check<T>(schema: z.ZodType<T>, document: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SettingsError(document, `${issue?.path.join('.')}: ${issue?.message}`);
}

/** How the certificate of the Engine of this name is trusted (R11). */
export const trustOf = (
  { engines, engineDefaults }: Pick<Settings, 'engines' | 'engineDefaults'>,
  name: string,
): Trust => engines[name]?.trust ?? engineDefaults.trust;

/** What an operator has set about anonymizations. */
export async function anonymizationSettings(): Promise<Pick<Settings, 'portal' | 'retention' | 'sentinel'>> {
  const { portal, retention, sentinel } = await settings();
  return { portal, retention, sentinel };
}

/** The rules that an operator has set for requests. */
export const lifecyclePolicy = async () => policyOf(await settings());

/** What an operator has set about archives. */
export async function archiveSettings(): Promise<ArchiveSettings> {
  const { daysBack, accountScope, informationSheet, partialSuffix, engines, engineDefaults } = await settings();
  const trust = (name: string) => trustOf({ engines, engineDefaults }, name).mode;
  return { daysBack, accountScope, informationSheet, partialSuffix, trustOf: trust };
}
