import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key, type KeyProps, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { REQUEST_INDEXES } from '../modules/requests/adapters/dynamo-indexes.ts';
import type { Config } from './config.ts';
import { userPool } from './constructs/identity.ts';
import { guardKey, guardSealKey, guardTrail } from './constructs/key-guards.ts';

/** A year of access logs: who fetched what, by key; keys hold opaque ids. */
const ACCESS_LOG_DAYS = 365;

/** Data that a deploy of the service does not touch: Requests, audit entries, sealed values and their key, Parts and Archives. */
export class DataStack extends Stack {
  readonly requests: Table;
  readonly audit: Table;
  readonly sealed: Table;
  readonly sealKey: IKey;
  readonly signKey: IKey;
  readonly macKey: IKey;
  /** The company's key of tables and bucket; without one AWS's own keys are used. */
  readonly dataKey: IKey | undefined;
  readonly bucket: IBucket;
  /** Without a provider of the company's. */
  readonly people: UserPool | undefined;

  constructor(scope: Construct, id: string, config: Config, props: StackProps = {}) {
    super(scope, id, { description: 'nexthink-gdpr: requests, sealed values, parts and archives', ...props });
    this.dataKey = config.keys.data ? Key.fromKeyArn(this, 'DataKey', config.keys.data) : undefined;
    const shared = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...(this.dataKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: this.dataKey }),
    };
    // Hold no personal data, so they may be kept, restored and protected against deletion.
    const kept = {
      ...shared,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    this.requests = new Table(this, 'Requests', { ...kept, timeToLiveAttribute: 'expiresAt' });
    this.audit = new Table(this, 'Audit', kept); // without expiry
    guardTrail(this.audit, config.stage);
    for (const { name, partitionKey, sortKey } of Object.values(REQUEST_INDEXES)) {
      this.requests.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partitionKey, type: AttributeType.STRING },
        sortKey: { name: sortKey, type: AttributeType.STRING },
      });
    }
    // Sealed logins and names. No recovery and no stream: a copy would outlive the deletion (docs/decisions/0020).
    this.sealed = new Table(this, 'Sealed', {
      ...shared,
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const key = (name: string, given: string | undefined, description: string, keyProps: KeyProps): IKey =>
      given
        ? Key.fromKeyArn(this, name, given)
        : new Key(this, name, { description, removalPolicy: RemovalPolicy.RETAIN, ...keyProps });
    this.sealKey = key('SealKey', config.keys.seal, 'Seals logins and names of nexthink-gdpr', {
      enableKeyRotation: true,
    });
    // Signs certificates. Not rotated: the public key of an old certificate must stay known.
    this.signKey = key('SignKey', config.keys.sign, 'Signs certificates of nexthink-gdpr', {
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
    });
    // Keyed hashes of calls and of Subjects. Not rotated: older hashes would no longer match.
    this.macKey = key('MacKey', config.keys.mac, 'Keyed hashes of calls and subjects of nexthink-gdpr', {
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
    guardSealKey(this.sealKey, config.stage);
    guardKey(this.signKey, ['kms:Sign'], config.stage);
    guardKey(this.macKey, ['kms:GenerateMac'], config.stage);
    this.people = config.identityProvider ? undefined : userPool(this, { days: config.logDays, key: this.dataKey });
    this.bucket = config.bucket ? Bucket.fromBucketName(this, 'Bucket', config.bucket) : this.#createBucket(config);
    new CfnOutput(this, 'BucketName', { value: this.bucket.bucketName });
    if (this.people) new CfnOutput(this, 'UserPoolId', { value: this.people.userPoolId });
  }

  /** Not versioned: an old version would keep what was deleted. Lifecycle rules remove what explicit deletion has missed. */
  #createBucket({ archiveDays }: Config): IBucket {
    const shared = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: false,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    const accessLog = new Bucket(this, 'AccessLog', {
      ...shared,
      encryption: BucketEncryption.S3_MANAGED, // S3 writes access logs to no other
      lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_DAYS) }],
    }) as IBucket; // its type is stricter than what makes it
    return new Bucket(this, 'Bucket', {
      ...shared,
      ...(this.dataKey
        ? { encryption: BucketEncryption.KMS, encryptionKey: this.dataKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      serverAccessLogsBucket: accessLog,
      serverAccessLogsPrefix: 'bucket/',
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // A rerun uses the Parts of the first attempt, as long as the archive of the last one is there.
        { id: 'parts', prefix: 'parts/', expiration: Duration.days(archiveDays + 30) },
        { id: 'archives', prefix: 'archives/', expiration: Duration.days(archiveDays) },
      ],
    }) as IBucket;
  }
}
