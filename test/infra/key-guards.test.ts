import { describe, expect, it } from 'vitest';
import { ACCOUNT, REGION } from '../../local/aws/names.ts';
import { isAllowed } from '../support/permissions/evaluate.ts';
import { readPolicies } from '../support/permissions/policies.ts';
import { FUNCTIONS, templatesOf } from './synthesize.ts';

const { data, service } = templatesOf();
const names = {
  SEAL_KEY_ID: 'seal',
  SIGN_KEY_ID: 'sign',
  MAC_KEY_ID: 'mac',
  BUCKET: 'bucket',
  REQUESTS_TABLE: 'requests',
  AUDIT_TABLE: 'audit',
};
const environment = {
  ...names,
  SEALED_TABLE: 'sealed',
  ...Object.fromEntries(['READ', 'ANONYMIZE', 'VERIFY', 'MAINTAIN'].map((role) => [`PORTAL_${role}_SECRET_ID`, role])),
};
const { ofResources } = readPolicies({ data: data.toJSON(), service: service.toJSON() }, FUNCTIONS, environment);
/** Somebody whom the policies of the account let do everything. */
const ADMINISTRATOR = [{ effect: 'Allow' as const, actions: ['*'], resources: ['*'], conditions: [] }];
const CONTEXT = {
  'kms:EncryptionContext:purpose': ['login'],
  'kms:EncryptionContext:requestId': ['x'],
  'kms:EncryptionContextKeys': ['requestId', 'purpose'],
};
const may = (action: string, key: string, context: Record<string, readonly string[]>) =>
  isAllowed({ action, resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${key}`, context }, ADMINISTRATOR, ofResources);

describe('the policy of the table of audit entries (R25, R27)', () => {
  const audit = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/audit`;
  const mayWrite = (action: string, role: string) => {
    const context = { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/${role}`] };
    return isAllowed({ action: `dynamodb:${action}`, resource: audit, context }, ADMINISTRATOR, ofResources);
  };

  it('lets functions of the stage add entries, and nobody else', () => {
    expect(mayWrite('PartiQLInsert', 'test/a-function')).toBe(true);
    expect(mayWrite('PartiQLInsert', 'administrator')).toBe(false);
    expect(mayWrite('Query', 'administrator')).toBe(true);
  });

  it.each(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'])(
    'lets nobody change what is there: %s',
    (action) => {
      expect([mayWrite(action, 'test/a-function'), mayWrite(action, 'administrator')]).toEqual([false, false]);
    },
  );
});

describe('policies of the keys (R24, R25)', () => {
  it('let a function of the stage open what is sealed for a request and a purpose', () => {
    expect(may('kms:Decrypt', 'seal', CONTEXT)).toBe(true);
  });

  it.each<[what: string, change: Record<string, readonly string[]>]>([
    ['nobody but functions of the stage', { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/administrator`] }],
    ['no other stage', { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/test-2/a-function`] }],
    ['no other purpose', { 'kms:EncryptionContext:purpose': ['anything'] }],
    ['no value without a purpose', { 'kms:EncryptionContext:purpose': [] }],
    ['no value without a request', { 'kms:EncryptionContext:requestId': [] }],
    ['no context with more in it', { 'kms:EncryptionContextKeys': ['requestId', 'purpose', 'more'] }],
  ])('let %s open it, whatever the policies of roles allow', (_what, change) => {
    expect(may('kms:Decrypt', 'seal', { ...CONTEXT, ...change })).toBe(false);
    expect(may('kms:Encrypt', 'seal', { ...CONTEXT, ...change })).toBe(false);
  });

  it.each(['kms:ReEncryptFrom', 'kms:GenerateDataKey', 'kms:CreateGrant'])('know no way around it: %s', (action) => {
    expect(may(action, 'seal', CONTEXT)).toBe(false);
  });

  it('let nobody else sign certificates or make keyed hashes, and let the account look after its keys', () => {
    const other = { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/administrator`] };
    expect([may('kms:Sign', 'sign', {}), may('kms:GenerateMac', 'mac', {})]).toEqual([true, true]);
    expect([may('kms:Sign', 'sign', other), may('kms:GenerateMac', 'mac', other)]).toEqual([false, false]);
    expect(may('kms:ScheduleKeyDeletion', 'sign', other)).toBe(true);
  });

  it('leave the keys of the company to the company, and take its key for tables, bucket and logs', () => {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-4000-8000-00000000000`;
    const given = templatesOf({ keys: { seal: `${arn}1`, sign: `${arn}2`, mac: `${arn}3`, data: `${arn}4` } });
    given.data.resourceCountIs('AWS::KMS::Key', 0);
    given.data.allResourcesProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: `${arn}4` },
    });
    given.service.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: `${arn}4` });
    expect(JSON.stringify(given.data.findResources('AWS::S3::Bucket'))).toContain(`"KMSMasterKeyID":"${arn}4"`);
    const policies = Object.values(given.service.findResources('AWS::IAM::Policy'));
    const uses = policies
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Resource }) => Resource === `${arn}4`);
    expect(uses.length).toBeGreaterThan(0);
    for (const { Condition } of uses) expect(Condition.StringEquals).toHaveProperty('kms:ViaService');
  });
});
