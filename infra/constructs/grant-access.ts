import { readFileSync } from 'node:fs';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Config } from '../config.ts';
import type { DataStack } from '../data-stack.ts';
import { CONTEXT_KEYS, PURPOSES } from './key-guards.ts';

/** State machines, by the names of their files. */
export const MACHINES = ['retrieve', 'anonymize', 'rehearse'] as const;
export type Machine = (typeof MACHINES)[number];
const Machines = z.array(z.enum(MACHINES)).exactOptional();
/** ARNs of the secrets of the roles of the Portal database. A role that is not set up has none. */
type PortalSecrets = Config['portalDatabase']['secrets'];

export interface Resources {
  readonly data: DataStack;
  readonly portalSecrets: PortalSecrets;
  /** ARN of the secrets whose names, as settings.json holds them, begin with the stage and this. */
  readonly secretsNamed: (name: string) => string;
  /** ARN of the event bus; `undefined`: there is none. */
  readonly eventBusArn: string | undefined;
  readonly machineArn: (machine: Machine) => string;
  readonly executionsArn: (machine: Machine) => string;
}

type Allowed = readonly [actions: readonly string[], targets: readonly string[], conditions?: object];

const secrets = ({ secretsNamed }: Resources, name: string): Allowed => [
  ['secretsmanager:GetSecretValue'],
  [secretsNamed(name)],
];
/** Items of a table whose partition keys have this form. */
const items = (actions: readonly string[], tableArn: string, ...keys: string[]): Allowed => [
  actions.map((action) => `dynamodb:${action}`),
  [tableArn],
  { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
];

/** What a function may do besides, by the name of the right. */
const RIGHTS = {
  settings: ({ data }) => [[['s3:GetObject'], [data.bucket.arnForObjects('settings/*')]]],
  /** Reads and writes the list of Requests about a Subject. */
  subjects: ({ data }) => [items(['GetItem', 'Query', 'PutItem', 'DeleteItem'], data.sealed.tableArn, 'SUBJECT#*')],
  /** Reads and writes the suppression ledger of the sentinel. */
  ledger: ({ data }) => [items(['Query', 'UpdateItem', 'DeleteItem'], data.sealed.tableArn, 'LEDGER')],
  macs: ({ data }) => [[['kms:GenerateMac'], [data.macKey.keyArn]]],
  signs: ({ data }) => [[['kms:Sign', 'kms:GetPublicKey'], [data.signKey.keyArn]]],
  /** Reads the secret of the client of a cloud tenant's List Engines API. */
  portalApiSecret: (resources) => [secrets(resources, 'portal-api')],
  /** Reads the login of the service account, for Callers without a person. */
  serviceAccount: (resources) => [secrets(resources, 'service-account')],
  ticketSecrets: (resources) => [secrets(resources, 'tickets')],
  hookSecrets: (resources) => [secrets(resources, 'ticket-webhooks')],
  /** Accepts webhooks of ticketing systems, and reads their secrets. */
  hooks: (resources) => [
    secrets(resources, 'ticket-webhooks'),
    items(['PutItem'], resources.data.requests.tableArn, 'HOOK#*'),
  ],
  webhookSecrets: (resources) => [secrets(resources, 'webhooks')],
  /** Tries stores and the key under the name `doctor`, leases Engines, and reads the last runs of schedules and the last measurement of redirection. */
  tries: ({ data }) => [
    [['kms:Encrypt', 'kms:Decrypt'], [data.sealKey.keyArn], sealedFor(['doctor'])],
    [['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], [data.bucket.arnForObjects('doctor/*')]],
    items(['PutItem', 'GetItem', 'DeleteItem'], data.sealed.tableArn, 'doctor'),
    items(['PutItem', 'GetItem', 'DeleteItem'], data.requests.tableArn, 'doctor'),
    items(['Query'], data.audit.tableArn, 'doctor'),
    items(['GetItem'], data.requests.tableArn, 'SCHEDULE'),
    [['dynamodb:DescribeTable'], [data.requests.tableArn]],
    items(['GetItem'], data.requests.tableArn, 'REDIRECTION'),
    items(['UpdateItem'], data.requests.tableArn, 'LEASE#*'),
  ],
  /** Leases Engines and counts the calls of a caller. */
  turns: ({ data }) => [items(['UpdateItem'], data.requests.tableArn, 'LEASE#*', 'RATE#*')],
  /** Notes the last measurement of redirection. */
  redirection: ({ data }) => [items(['PutItem'], data.requests.tableArn, 'REDIRECTION')],
  eventBus: ({ eventBusArn }) => (eventBusArn ? [[['events:PutEvents'], [eventBusArn]]] : []),
} as const satisfies Readonly<Record<string, (resources: Resources) => readonly Allowed[]>>;

const REQUESTS_ACTION = {
  get: 'dynamodb:GetItem',
  list: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
};

/** On audit entries: `INSERT` of PartiQL replaces none, whatever code asks for (docs/decisions/0035). */
const TRAIL_ACTION = { add: 'dynamodb:PartiQLInsert', trail: 'dynamodb:Query' };

const SEALED_ACTION = {
  put: 'dynamodb:PutItem',
  get: 'dynamodb:GetItem',
  replace: 'dynamodb:UpdateItem',
  prolong: 'dynamodb:UpdateItem',
  wipe: 'dynamodb:DeleteItem',
};

const EXECUTION_ACTION = {
  start: 'states:StartExecution',
  stop: 'states:StopExecution',
  find: 'states:DescribeExecution',
};

const OBJECT_ACTIONS = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject', 's3:AbortMultipartUpload'],
  delete: ['s3:DeleteObject'],
  continue: ['s3:ListMultipartUploadParts'],
};

const words = <T extends object, W extends string = never>(table: T, ...more: readonly W[]) =>
  z.array(z.enum([...Object.keys(table), ...more] as (W | (keyof T & string))[])).exactOptional();
/** `uploads`: finds and aborts unfinished multipart uploads. `continue`: sees which parts an upload has. */
const objects = words(OBJECT_ACTIONS, 'list', 'uploads');
const PortalRole = z.enum(['read', 'anonymize', 'verify', 'maintain'] satisfies (keyof PortalSecrets)[]);

/** The rights of one function, a row of `infra/access.yaml`. An absent field gives no right. */
export const Access = z.strictObject({
  /** `list` reads the items of one key, `search` finds requests by an index, `add` and `trail` add and read audit entries. */
  requests: words({ ...REQUESTS_ACTION, ...TRAIL_ACTION }, 'search'),
  /** `put` seals, `get` reads, `replace` seals anew, `prolong` extends the expiry, `wipe` deletes. */
  sealed: words(SEALED_ACTION),
  /** Purposes that it may seal for, or open: the encryption context that the key checks (docs/decisions/0020). */
  purposes: z.array(z.enum(PURPOSES).exclude(['doctor'])).exactOptional(),
  parts: objects,
  archives: objects,
  /** The role of the Portal database whose secret it reads; all of them for the doctor alone. */
  portalRole: z.union([PortalRole, z.array(PortalRole)]).exactOptional(),
  /** Of which state machines. */
  executions: z.strictObject({ start: Machines, stop: Machines, find: Machines }).exactOptional(),
  also: words(RIGHTS),
});
export type Access = z.infer<typeof Access>;

/** The table of rights. @throws a word of it is unknown */
export const ACCESS: Readonly<Record<string, Access>> = z
  .record(z.string(), Access)
  .parse(parse(readFileSync(new URL('../access.yaml', import.meta.url), 'utf8')));

/** Gives a function what its row of `infra/access.yaml` says, and nothing more. */
export function grantAccess(grantee: IGrantable, access: Access, resources: Resources): void {
  const { data } = resources;
  const allow = (actions: readonly string[], targets: readonly string[], conditions = {}) =>
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...targets], conditions }),
    );
  const kinds = access.requests ?? [];
  const on = (actions: Readonly<Record<string, string>>, { tableArn }: Table) => {
    const allowed = kinds.flatMap((kind) => actions[kind] ?? []);
    if (allowed.length > 0) allow(allowed, [tableArn]);
  };
  on(REQUESTS_ACTION, data.requests);
  on(TRAIL_ACTION, data.audit);
  if (kinds.includes('search')) allow(['dynamodb:Query'], [`${data.requests.tableArn}/index/*`]);
  if (access.sealed) data.sealed.grant(grantee, ...access.sealed.map((kind) => SEALED_ACTION[kind]));
  if (access.purposes) {
    const keyAction = access.sealed?.includes('put') ? 'kms:Encrypt' : 'kms:Decrypt';
    allow([keyAction], [data.sealKey.keyArn], sealedFor(access.purposes));
  }
  if (access.sealed?.includes('replace')) {
    allow(['kms:Encrypt'], [data.sealKey.keyArn], sealedFor(['subject'])); // with what was found
  }
  for (const prefix of ['parts', 'archives'] as const) {
    for (const kind of access[prefix] ?? []) {
      if (kind === 'list') {
        allow(['s3:ListBucket'], [data.bucket.bucketArn], { StringLike: { 's3:prefix': `${prefix}/*` } });
      } else if (kind === 'uploads') {
        allow(['s3:ListBucketMultipartUploads'], [data.bucket.bucketArn]); // S3 has no narrower resource
        allow(['s3:AbortMultipartUpload'], [data.bucket.arnForObjects(`${prefix}/*`)]);
      } else allow(OBJECT_ACTIONS[kind], [data.bucket.arnForObjects(`${prefix}/*`)]);
    }
  }
  if (data.dataKey && (access.requests ?? access.sealed ?? access.parts ?? access.archives ?? access.also))
    allow(STORE_KEY_ACTIONS, [data.dataKey.keyArn], throughStores(data.region));
  for (const right of access.also ?? []) for (const allowed of RIGHTS[right](resources)) allow(...allowed);
  for (const secret of [access.portalRole ?? []].flat().flatMap((role) => resources.portalSecrets[role] ?? []))
    allow(['secretsmanager:GetSecretValue'], [secret]);
  for (const kind of ['start', 'stop', 'find'] as const) {
    const machines = access.executions?.[kind];
    const arnOf = kind === 'start' ? resources.machineArn : resources.executionsArn;
    if (machines) allow([EXECUTION_ACTION[kind]], machines.map(arnOf));
  }
}

const STORE_KEY_ACTIONS = ['Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'].map(
  (action) => `kms:${action}`,
);
/** The company's key of tables and bucket serves through S3 and DynamoDB alone. */
const throughStores = (region: string) => ({
  StringEquals: { 'kms:ViaService': [`s3.${region}.amazonaws.com`, `dynamodb.${region}.amazonaws.com`] },
});

/** The encryption context must hold exactly these two keys, and a purpose from the list. */
const sealedFor = (purposes: readonly string[]) => ({
  StringEquals: { 'kms:EncryptionContext:purpose': [...purposes] },
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': [...CONTEXT_KEYS] },
});
