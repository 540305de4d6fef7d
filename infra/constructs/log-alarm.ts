import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface LogAlarmProps {
  readonly fn: LambdaFunction;
  /** The `event` of the log lines that it counts. */
  readonly event: string;
}

/** Raises an alarm when a function logs a certain event, which it does only when a person has to look. */
export class LogAlarm extends Construct {
  constructor(scope: Construct, id: string, { fn, event }: LogAlarmProps) {
    super(scope, id);
    const filter = new MetricFilter(this, 'Filter', {
      logGroup: fn.logGroup,
      metricNamespace: 'nexthink-gdpr',
      metricName: event.replaceAll(' ', '-'),
      filterPattern: FilterPattern.stringValue('$.event', '=', event),
    });
    new Alarm(this, 'Alarm', {
      alarmDescription: `nexthink-gdpr: the log says "${event}"; see docs/operations.md`,
      metric: filter.metric({ statistic: 'sum', period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
