import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, type KeyProps, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { REQUEST_INDEXES } from '../modules/requests/adapters/dynamo-indexes.ts';
import type { Config } from './config.ts';

const KEYS = {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
};

/** Data that a deploy of the service does not touch: Requests, sealed values and their key, Parts and Archives. */
export class DataStack extends Stack {
  readonly requests: Table;
  readonly sealed: Table;
  readonly sealKey: Key;
  readonly signKey: Key;
  readonly macKey: Key;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, { description: 'nexthink-gdpr: requests, sealed values, parts and archives' });
    // Holds no personal data, so it may be kept, restored and protected against deletion.
    this.requests = new Table(this, 'Requests', {
      ...KEYS,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const { name, partitionKey, sortKey } of Object.values(REQUEST_INDEXES)) {
      this.requests.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partitionKey, type: AttributeType.STRING },
        sortKey: { name: sortKey, type: AttributeType.STRING },
      });
    }
    // Sealed logins and names. No recovery and no stream: a copy would outlive the deletion (docs/decisions/0020).
    this.sealed = new Table(this, 'Sealed', {
      ...KEYS,
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const key = (name: string, description: string, props: KeyProps) =>
      new Key(this, name, { description, removalPolicy: RemovalPolicy.RETAIN, ...props });
    this.sealKey = key('SealKey', 'Seals logins and names of nexthink-gdpr', { enableKeyRotation: true });
    // Signs certificates. Not rotated: the public key of an old certificate must stay known.
    this.signKey = key('SignKey', 'Signs certificates of nexthink-gdpr', {
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
    });
    // Keyed hashes of calls and of Subjects. Not rotated: older hashes would no longer match.
    this.macKey = key('MacKey', 'Keyed hashes of calls and subjects of nexthink-gdpr', {
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
    this.bucket = this.#createBucket(config.archiveDays);
  }

  /** Not versioned: an old version would keep what was deleted. Lifecycle rules remove what explicit deletion has missed. */
  #createBucket(archiveDays: number): Bucket {
    return new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: false,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        // A rerun uses the Parts of the first attempt, as long as the archive of the last one is there.
        { id: 'parts', prefix: 'parts/', expiration: Duration.days(archiveDays + 30) },
        { id: 'archives', prefix: 'archives/', expiration: Duration.days(archiveDays) },
      ],
    });
  }
}
