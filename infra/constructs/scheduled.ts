import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** A function on a schedule. */
interface ScheduledProps {
  readonly fn: IFunction;
  readonly everyMinutes: number;
  /** Its name in the alarm. */
  readonly what: string;
}

/** Calls a function every few minutes. Three calls in a row without success raise an alarm. */
export class Scheduled extends Construct {
  constructor(scope: Construct, id: string, { fn, everyMinutes, what }: ScheduledProps) {
    super(scope, id);
    const every = Duration.minutes(everyMinutes);
    new Rule(this, 'Rule', {
      schedule: Schedule.rate(every),
      // No retry: the next call does the remaining work.
      targets: [new LambdaTarget(fn, { event: RuleTargetInput.fromObject({}), retryAttempts: 0 })],
    });
    new Alarm(this, 'Alarm', {
      alarmDescription: `nexthink-gdpr: ${what} fails or does not run; see docs/operations.md`,
      metric: fn.metricErrors({ period: every }),
      threshold: 1,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
