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

/** Calls a function every few minutes. Three calls in a row without success raise an alarm. */
export function schedule(stack: Construct, id: string, fn: IFunction, everyMinutes: number): void {
  const scope = new Construct(stack, `Schedule-${id}`);
  const every = Duration.minutes(everyMinutes);
  fn.configureAsyncInvoke({ retryAttempts: 0 }); // the next call does the remaining work; else Lambda calls twice more
  new Rule(scope, 'Rule', {
    schedule: Schedule.rate(every),
    targets: [new LambdaTarget(fn, { event: RuleTargetInput.fromObject({}), retryAttempts: 0 })],
  });
  alarm(scope, `the schedule ${id} fails or does not run`, {
    metric: fn.metricErrors({ period: every }),
    evaluationPeriods: 3,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

/** Calls `close-request` when an execution did not succeed: no Request hangs, and no login stays stored (docs/decisions/0025). */
export function closeWhenEnded(stack: Construct, machines: readonly IStateMachine[], closeRequest: IFunction): void {
  const event = RuleTargetInput.fromObject({
    source: EventField.source,
    'detail-type': EventField.detailType,
    detail: {
      name: EventField.fromPath('$.detail.name'),
      status: EventField.fromPath('$.detail.status'),
      executionArn: EventField.fromPath('$.detail.executionArn'),
    },
  });
  new Rule(new Construct(stack, 'Closing'), 'Rule', {
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

/** Raises an alarm when one of the functions logs an event that a person must look at: `event` of the log lines. */
export function logAlarm(stack: Construct, event: string, fns: readonly LambdaFunction[]): void {
  const [namespace, metricName] = ['nexthink-gdpr', event.replaceAll(' ', '-')];
  const scope = new Construct(stack, `Log-${metricName}`);
  const filterPattern = FilterPattern.stringValue('$.event', '=', event);
  for (const [at, { logGroup }] of fns.entries())
    new MetricFilter(scope, `Filter${at}`, { logGroup, metricNamespace: namespace, metricName, filterPattern });
  alarm(scope, `the log says "${event}"`, {
    metric: new Metric({ namespace, metricName, statistic: 'sum', period: Duration.minutes(5) }),
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
