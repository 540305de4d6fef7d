import { Duration } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** An alarm at the first that a metric counts. @param what the operator reads */
function alarm(scope: Construct, what: string, props: Omit<AlarmProps, 'threshold'>): void {
  new Alarm(scope, 'Alarm', {
    alarmDescription: `nexthink-gdpr: ${what}; see docs/operations.md`,
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    ...props,
  });
}

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
    alarm(this, `${what} fails or does not run`, {
      metric: fn.metricErrors({ period: every }),
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

/**
 * Calls `close-request` when an execution failed, timed out or was aborted, so that no Request hangs and no login
 * stays stored (docs/decisions/0025). The event is cut to what the function needs.
 */
export class ClosingRule extends Construct {
  constructor(scope: Construct, id: string, machines: readonly IStateMachine[], closeRequest: IFunction) {
    super(scope, id);
    const event = RuleTargetInput.fromObject({
      source: EventField.source,
      'detail-type': EventField.detailType,
      detail: {
        name: EventField.fromPath('$.detail.name'),
        status: EventField.fromPath('$.detail.status'),
        executionArn: EventField.fromPath('$.detail.executionArn'),
      },
    });
    new Rule(this, 'Rule', {
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: machines.map(({ stateMachineArn }) => stateMachineArn),
        },
      },
      targets: [new LambdaTarget(closeRequest, { event, retryAttempts: 20 })],
    });
  }
}

interface LogAlarmProps {
  readonly fns: readonly LambdaFunction[];
  /** The `event` of the log lines that it counts. */
  readonly event: string;
}

/** Raises an alarm when one of the functions logs an event that a person must look at. */
export class LogAlarm extends Construct {
  constructor(scope: Construct, id: string, { fns, event }: LogAlarmProps) {
    super(scope, id);
    const [namespace, metricName] = ['nexthink-gdpr', event.replaceAll(' ', '-')];
    const filterPattern = FilterPattern.stringValue('$.event', '=', event);
    for (const [at, { logGroup }] of fns.entries()) {
      new MetricFilter(this, `Filter${at}`, { logGroup, metricNamespace: namespace, metricName, filterPattern });
    }
    alarm(this, `the log says "${event}"`, {
      metric: new Metric({ namespace, metricName, statistic: 'sum', period: Duration.minutes(5) }),
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
