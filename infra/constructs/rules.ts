import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** Calls a function every few minutes (EventBridge Scheduler). @param deadLetters of calls that could not be made */
export function schedule(stack: Construct, id: string, fn: IFunction, everyMinutes: number, deadLetters: IQueue): void {
  fn.configureAsyncInvoke({ retryAttempts: 0 }); // the next call does the remaining work; else Lambda calls twice more
  new Schedule(new Construct(stack, `Schedule-${id}`), 'Schedule', {
    schedule: ScheduleExpression.rate(Duration.minutes(everyMinutes)),
    description: `nexthink-gdpr: ${id}`,
    target: new LambdaInvoke(fn, {
      input: ScheduleTargetInput.fromObject({}),
      retryAttempts: 0,
      deadLetterQueue: deadLetters,
    }),
  });
}

/**
 * Calls `close-request` when an execution did not succeed: no Request hangs, and no login stays stored (docs/decisions/0025).
 * @param deadLetters of events that the function did not take: the sweeper closes their Requests
 */
export function closeWhenEnded(
  stack: Construct,
  machines: readonly IStateMachine[],
  closeRequest: IFunction,
  deadLetters: IQueue,
): void {
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
    targets: [new LambdaTarget(closeRequest, { event, retryAttempts: 20, deadLetterQueue: deadLetters })],
  });
}
