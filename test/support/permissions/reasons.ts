const each = (functions: readonly string[], ...rights: readonly string[]) =>
  functions.flatMap((name) => rights.map((right) => `${name} ${right}`));

const CLOSERS = ['close-request', 'sweep'];

/**
 * Rights that the recorded run may leave unused, each group with the reason why they are there: `*` stands for any text. What is
 * used only after a failure, at a certain moment or in a cloud is shown by the tests that are named.
 */
const UNUSED_WITH_REASON: readonly (readonly [reason: string, ...lines: string[]])[] = [
  [
    'the List Engines API of a cloud tenant needs a secret, the simulated Portal API none (test/modules/engines)',
    '* secretsmanager:GetSecretValue on secret:test/portal-api*',
    '* secretsmanager:GetSecretValue secret:test/portal-api*', // where the same function reads other secrets
  ],
  [
    'an upload that was broken off is ended or continued; below 5 MB there is none (test/modules/archive/adapters)',
    '* s3:AbortMultipartUpload on nexthink-gdpr/parts/*',
    '* s3:AbortMultipartUpload on nexthink-gdpr/archives/*',
    'merge-parts s3:ListMultipartUploadParts on nexthink-gdpr/archives/*',
    'merge-parts s3:DeleteObject *nexthink-gdpr/archives/*',
    'merge-parts s3:GetObject *nexthink-gdpr/archives/*',
  ],
  [
    'S3 lets a role list the unfinished uploads of a whole bucket, or none',
    '* s3:ListBucketMultipartUploads nexthink-gdpr prefix=*',
  ],
  [
    'columns that no attempt has kept yet, the note of an upload that was killed, a mapping that is not set: a refusal counts as absence (isMissing, readSettings)',
    'prepare-engines reads what is not there, and may not list',
    'merge-parts reads what is not there, and may not list',
    'query-portal reads what is not there, and may not list',
  ],
  [
    'what could not start, or is over, is wiped (test/modules/lifecycle, test/e2e/wrong-password)',
    ...each(
      ['start', 'process-tickets', 'rerun-missing', 'scan-sentinel', 'check-removals', ...CLOSERS],
      'dynamodb:DeleteItem on table/sealed',
      'dynamodb:DeleteItem table/sealed LeadingKeys=*',
    ),
  ],
  [
    'a cancelled or failed run deletes its parts (test/e2e/cancel, test/e2e/life)',
    ...each(['query-engine', 'query-portal', ...CLOSERS], 's3:DeleteObject *nexthink-gdpr/parts/*'),
  ],
  [
    'the list of requests about a subject, and the ledger, are one right each for all that use them (test/e2e/sentinel)',
    ...each(
      [...CLOSERS, 'process-tickets', 'scan-sentinel', 'start'],
      'dynamodb:GetItem on table/sealed',
      'dynamodb:PutItem on table/sealed',
      'dynamodb:Query on table/sealed',
      'dynamodb:UpdateItem on table/sealed',
      'dynamodb:* table/sealed LeadingKeys=SUBJECT#<id>',
    ),
    ...each(CLOSERS, 'dynamodb:* table/sealed LeadingKeys=LEDGER', 'dynamodb:* where dynamodb:LeadingKeys is LEDGER'),
    ...each(CLOSERS, 'dynamodb:UpdateItem table/sealed LeadingKeys=<id>'), // a name is kept for longer after some ends
  ],
  [
    'an anonymization that did not report back is looked up and verified (test/e2e/anonymize-kill, anonymize-restart)',
    ...each(
      CLOSERS,
      'secretsmanager:GetSecretValue *secret:portal/read',
      'states:StartExecution *stateMachine:test-service-anonymize',
    ),
  ],
  [
    'the sweeper does what close-request did not, whatever kind of request it was (test/modules/schedules, test/e2e/walk)',
    'sweep states:DescribeExecution on execution:*',
    'sweep states:StopExecution *execution:*',
    'sweep dynamodb:GetItem *table/sealed*',
  ],
  [
    'a ticket may ask for a retrieval, also with names masked (test/e2e/tickets, test/modules/tickets)',
    'process-tickets kms:Encrypt *login*',
    'process-tickets kms:Encrypt *mask*',
    'process-tickets states:StartExecution *stateMachine:test-service-retrieve',
  ],
  [
    'a source that turns out to be missing is noted (test/modules/archive, test/modules/lifecycle)',
    ...each(['merge-parts', 'close-request'], 'dynamodb:PutItem *table/requests*'),
  ],
  [
    'the trail of a request of a ticket that failed tells whether it had begun (test/modules/tickets)',
    'process-tickets dynamodb:Query *table/audit*',
    'process-tickets dynamodb:Query *table/requests',
    'process-tickets dynamodb:Query table/requests LeadingKeys=*',
  ],
  [
    'a machine may name the service account instead of a login (test/functions/api/start)',
    'start secretsmanager:GetSecretValue *secret:test/service-account*',
  ],
];

const expressionOf = (line: string) =>
  new RegExp(`^${line.replaceAll(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`);

/** The findings that no reason covers. */
export function withoutReason(findings: readonly string[]): string[] {
  const patterns = UNUSED_WITH_REASON.flatMap(([, ...lines]) => lines).map(expressionOf);
  return findings.filter((finding) => !patterns.some((pattern) => pattern.test(finding)));
}

/** Reasons that cover nothing any more. */
export const needlessReasons = (findings: readonly string[]): string[] =>
  UNUSED_WITH_REASON.filter(
    ([, ...lines]) => !lines.map(expressionOf).some((pattern) => findings.some((finding) => pattern.test(finding))),
  ).map(([reason]) => reason);
