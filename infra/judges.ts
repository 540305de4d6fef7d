import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import type { IPolicyValidationPlugin, PolicyViolation } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

const ANY = /./;
const LOGS = 'who must keep lines for longer sets `logDays`; lines hold no personal data';
const OBJECTS = 'objects are of one request each and deleted with it; each folder is a right of its own';
const PAGE = /ConsolePage\/?Bucket/;
const CDN = /ConsolePage\/?Distribution/;
const HELPER = /CDKBucketDeployment/;
const OPEN_ROUTES = /webhooks|openapi|health/;
const KEPT = /AccessLog|Bucket/;

/** Findings that stay: the judge's rule, the place in the tree of constructs (for rules of Control Tower the logical id), and why. */
export const ACKNOWLEDGED: readonly (readonly [rule: RegExp, place: RegExp, why: string])[] = [
  [
    /IAM4.*Lambda(Basic|VPCAccess)ExecutionRole/,
    ANY,
    'what the runtime needs: lines of its log, interfaces in the network',
  ],
  [/IAM5\[Resource::\*\]/, ANY, 'tracing and the delivery of logs have no narrower resource'],
  [/IAM5\[Resource::.*\/(parts|archives|settings|doctor)\/\*\]/, ANY, OBJECTS],
  [/IAM5\[Resource::.*\/index\/\*\]/, ANY, 'a search reads each index of the one table'],
  [
    /IAM5\[Resource::.*:secret:.*\*\]/,
    ANY,
    'settings.json names the secret after the deploy: the right is for its prefix',
  ],
  [/IAM5\[Resource::.*:execution:.*:\*\]/, ANY, 'an execution has the id of its request'],
  [/IAM5\[Resource::<\w+Function\w+\.Arn>:\*\]/, ANY, 'versions of the one function that is called'],
  [/IAM5\[/, HELPER, 'the helper of the CDK that copies the page into its bucket'],
  [
    /-L1$|LambdaLatestVersion|LambdaTracing|LambdaDLQ|log_group_encrypted|log_group_retention/,
    HELPER,
    'the same: the CDK sets it up',
  ],
  [/DDB3|dynamodb_table_pitr/, /Sealed/, 'a copy would outlive the deletion of a login (decision 20)'],
  [
    /dynamodb_table_encrypted_kms|log_group_encrypted/,
    ANY,
    'with the key `keys.data` of the file; else AWS encrypts with its own',
  ],
  [/log_group_retention/, ANY, LOGS],
  [/COG8/, /People/, 'the plus tier is the choice of who pays for it; log-in needs a second factor'],
  [/APIG4|api_gw_v2_authorization_type/, OPEN_ROUTES, 'open by design: webhooks are signed, the others hold no data'],
  [/LambdaDLQ/, ANY, 'called by API Gateway, Step Functions or Cognito, which wait; `close-request` has a destination'],
  [/LambdaAsyncFailureDestination/, ANY, 'a schedule: the next run does the remaining work, and an alarm counts'],
  [/SQS3|SQSRedrivePolicy|sqs_dlq/, /DeadLetters/, 'it is the queue of dead letters'],
  [/SNSRedrivePolicy/, /Topic/, 'a mail that is lost does not end an alarm'],
  [
    /lambda_inside_vpc/,
    ANY,
    'functions that call the company are inside its network; `inside: all` takes the others in',
  ],
  [
    /lambda_function_public_access/,
    /ApiPermission/,
    'the permission names the API; the judge does not read the join of its ARN',
  ],
  [/s3_bucket_versioning|s3_bucket_object_lock/, ANY, 'an old version, or a lock, would keep what must be deleted'],
  [/s3_event_notifications/, ANY, 'nothing waits for an object'],
  [
    /s3_bucket_default_encryption_kms/,
    KEPT,
    'with the key `keys.data` of the file; access logs and page cannot have one',
  ],
  [/-S1$|s3_bucket_logging|s3_lifecycle_policy/, PAGE, 'files of the page, without data; CloudFront alone reads them'],
  [/s3_bucket_logging/, /AccessLog/, 'it holds the access logs'],
  [/CFR1/, CDN, 'operators may travel'],
  [/CFR2/, CDN, '`console.webAclArn` of the file'],
  [/CFR3|cloudfront_access_logs/, CDN, 'the page has no data; the access log of the API has every call'],
  [/CFR4|cloudfront_(custom_ssl|sni|security_policy)/, CDN, 'with a domain and certificate of the file'],
  [/cloudfront_origin_failover/, CDN, 'page and API are in one region, as the rest'],
];

/** What a judge finds and no line of the table acknowledges. */
export function unacknowledged(violations: readonly PolicyViolation[]): PolicyViolation[] {
  const left = ({ ruleName, violatingResources }: PolicyViolation) =>
    violatingResources.filter(({ constructPath, resourceLogicalId = '' }) =>
      ACKNOWLEDGED.every(([rule, place]) => !(rule.test(ruleName) && place.test(constructPath ?? resourceLogicalId))),
    );
  return violations
    .map((violation) => ({ ...violation, violatingResources: left(violation) }))
    .filter(({ violatingResources }) => violatingResources.length > 0);
}

/** Two packs of cdk-nag and the rules of Control Tower. None of them needs a network. */
export const allJudges = (): IPolicyValidationPlugin[] => [
  new AwsSolutionsChecks(),
  new ServerlessChecks(),
  new CfnGuardValidator({ maxBuffer: 64 * 1024 * 1024 }),
];

/** The judges, silent about what the table acknowledges: a synthesis with another finding fails. */
export const judges = (): IPolicyValidationPlugin[] =>
  allJudges().map((judge) => ({
    name: judge.name,
    validate: (context) => {
      const violations = unacknowledged(judge.validate(context).violations);
      return { success: violations.length === 0, violations };
    },
  }));
