import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

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
