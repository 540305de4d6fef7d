import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { DataStack } from '../data-stack.ts';
import type { Access, ObjectAccess, PortalRole, SecretRight } from '../rights.ts';

/** What a function can get access to. */
export interface Resources {
  readonly data: DataStack;
  /** A role that is not set up is absent. */
  readonly portalSecrets: Readonly<Partial<Record<PortalRole, ISecret>>>;
  /** ARN of the secrets that each right reads, ending in a wildcard. */
  readonly secretArns: Readonly<Record<SecretRight, string>>;
  /** ARN of the event bus; `undefined`: there is none. */
  readonly eventBusArn: string | undefined;
  /** ARNs of both state machines, and of their executions. */
  readonly machineArns: readonly string[];
  readonly executionArns: readonly string[];
}

const REQUESTS_ACTIONS = {
  read: ['dynamodb:GetItem', 'dynamodb:Query'],
  write: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
};

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

const OBJECT_ACTIONS: Readonly<Record<Exclude<ObjectAccess, 'list' | 'uploads'>, readonly string[]>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject', 's3:AbortMultipartUpload'],
  delete: ['s3:DeleteObject'],
  continue: ['s3:ListMultipartUploadParts'],
};

/** Gives a function what its row of `infra/access.ts` says, and nothing more. */
export function grantAccess(grantee: IGrantable, access: Access, resources: Resources): void {
  const { data } = resources;
  const allow = (actions: readonly string[], targets: readonly string[], conditions = {}) =>
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...targets], conditions }),
    );
  if (access.requests) data.requests.grant(grantee, ...REQUESTS_ACTIONS[access.requests]);
  if (access.sealed) data.sealed.grant(grantee, ...access.sealed.map((kind) => SEALED_ACTION[kind]));
  if (access.purposes) {
    const keyAction = access.sealed?.includes('put') ? 'kms:Encrypt' : 'kms:Decrypt';
    allow([keyAction], [data.sealKey.keyArn], sealedFor(access.purposes));
  }
  if (access.sealed?.includes('replace')) {
    allow(['kms:Encrypt'], [data.sealKey.keyArn], sealedFor(['subject'])); // with the accounts that were found
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
  if (access.settings) allow(['s3:GetObject'], [data.bucket.arnForObjects('settings/*')]);
  for (const [right, arn] of Object.entries(resources.secretArns)) {
    if (access[right as SecretRight]) allow(['secretsmanager:GetSecretValue'], [arn]);
  }
  if (access.eventBus && resources.eventBusArn) allow(['events:PutEvents'], [resources.eventBusArn]);
  if (access.portalRole) resources.portalSecrets[access.portalRole]?.grantRead(grantee);
  if (access.subjects) {
    const actions = ['GetItem', 'Query', 'PutItem', 'DeleteItem'].map((action) => `dynamodb:${action}`);
    allow(actions, [data.sealed.tableArn], { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['SUBJECT#*'] } });
  }
  if (access.ledger) {
    const actions = ['Query', 'UpdateItem', 'DeleteItem'].map((action) => `dynamodb:${action}`);
    allow(actions, [data.sealed.tableArn], { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['LEDGER'] } });
  }
  if (access.hooks) {
    const keys = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['HOOK#*'] } };
    allow(['dynamodb:PutItem'], [data.requests.tableArn], keys);
  }
  if (access.macs) allow(['kms:GenerateMac'], [data.macKey.keyArn]);
  if (access.signs) allow(['kms:Sign', 'kms:GetPublicKey'], [data.signKey.keyArn]);
  for (const kind of access.executions ?? []) {
    allow([EXECUTION_ACTION[kind]], kind === 'start' ? resources.machineArns : resources.executionArns);
  }
}

/** The encryption context must hold exactly these two keys, and a purpose from the list. */
const sealedFor = (purposes: readonly string[]) => ({
  StringEquals: { 'kms:EncryptionContext:purpose': [...purposes] },
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['requestId', 'purpose'] },
});
