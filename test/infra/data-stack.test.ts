import { globSync, readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { REQUEST_INDEXES } from '../../modules/requests/adapters/dynamo-indexes.ts';
import { templatesOf } from './synthesize.ts';

describe('DataStack (R25)', () => {
  const { data } = templatesOf({ archiveDays: 9 });

  it('keeps Parts and Archives encrypted, private, and only for their time', () => {
    data.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: Match.absent(),
      LifecycleConfiguration: {
        Rules: [
          Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
          Match.objectLike({ Prefix: 'parts/', ExpirationInDays: 39, Status: 'Enabled' }),
          Match.objectLike({ Prefix: 'archives/', ExpirationInDays: 9, Status: 'Enabled' }),
        ],
      },
    });
  });

  it('refuses plain HTTP at the bucket', () => {
    data.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  it('makes no copy of what is sealed: neither recovery nor stream, and a time to live (decision 20)', () => {
    const [sealed] = Object.values(
      data.findResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }),
    );

    expect(sealed?.Properties).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
    expect(sealed?.Properties).not.toHaveProperty('PointInTimeRecoverySpecification');
    expect(sealed?.Properties).not.toHaveProperty('StreamSpecification');
  });

  it('can restore the Requests and the audit entries, and lets no entry expire (R27)', () => {
    const Properties = {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      StreamSpecification: Match.absent(),
    };
    const kept = data.findResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain', Properties });
    expect(Object.keys(kept).map((id) => id.slice(0, -8))).toEqual(['Requests', 'Audit']);
    const expiring = data.findResources('AWS::DynamoDB::Table', {
      Properties: { TimeToLiveSpecification: Match.anyValue() },
    });
    expect(Object.keys(expiring).map((id) => id.slice(0, -8))).toEqual(['Requests', 'Sealed']);
  });

  it('has the indexes that the code queries, each with its keys, and nothing queries another', () => {
    const [requests] = Object.values(
      data.findResources('AWS::DynamoDB::Table', { Properties: { GlobalSecondaryIndexes: Match.anyValue() } }),
    );
    const made = requests!.Properties.GlobalSecondaryIndexes.map(
      ({
        IndexName,
        KeySchema,
        Projection,
      }: {
        IndexName: string;
        KeySchema: { AttributeName: string }[];
        Projection: object;
      }) => [IndexName, ...KeySchema.map(({ AttributeName }) => AttributeName), Projection],
    );
    const queried = Object.values(REQUEST_INDEXES).map(({ name, partitionKey, sortKey }) => [
      name,
      partitionKey,
      sortKey,
      { ProjectionType: 'ALL' },
    ]);
    expect(made).toEqual(queried);
    const sources = ['modules', 'functions'].flatMap((folder) => globSync(`${folder}/**/*.ts`));
    const named = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/IndexName: ([^,\n]+)/g)].map(([, value]) => value),
    );
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((value) => !/^(name|REQUEST_INDEXES\.\w+\.name)$/.test(value!))).toEqual([]);
  });

  it('turns the sealing key every year and never drops it with the stack', () => {
    data.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
  });
});
