import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

interface LogAlarmProps {
  readonly fns: readonly LambdaFunction[];
  /** The `event` of the log lines that it counts. */
  readonly event: string;
}

/** Raises an alarm when one of the functions logs an event that a person must look at. */
export class LogAlarm extends Construct {
  constructor(scope: Construct, id: string, { fns, event }: LogAlarmProps) {
    super(scope, id);
    const named = { namespace: 'nexthink-gdpr', metricName: event.replaceAll(' ', '-') };
    for (const [at, fn] of fns.entries()) {
      new MetricFilter(this, `Filter${at}`, {
        logGroup: fn.logGroup,
        metricNamespace: named.namespace,
        metricName: named.metricName,
        filterPattern: FilterPattern.stringValue('$.event', '=', event),
      });
    }
    new Alarm(this, 'Alarm', {
      alarmDescription: `nexthink-gdpr: the log says "${event}"; see docs/operations.md`,
      metric: new Metric({ ...named, statistic: 'sum', period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
