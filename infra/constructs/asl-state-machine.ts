import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

/** A file of `statemachines/` and the functions that its placeholders stand for. */
interface AslStateMachineProps {
  readonly file: URL;
  /** Fixed beforehand, since functions that start executions are created before the machine. */
  readonly name: string;
  readonly tasks: Readonly<Record<string, IFunction>>;
}

/** A state machine read from `statemachines/`. Synthesis fails when a placeholder has no function. */
export class AslStateMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { file, name, tasks }: AslStateMachineProps) {
    super(scope, id);
    const definition = readFileSync(file, 'utf8');
    const placeholders = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, placeholder]) => placeholder!));
    const unfilled = [...placeholders].filter((placeholder) => !tasks[placeholder]);
    if (unfilled.length > 0) throw new Error(`${file.pathname}: no function for ${unfilled.join(', ')}`);
    const used = Object.entries(tasks).filter(([placeholder]) => placeholders.has(placeholder));
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: Object.fromEntries(used.map(([placeholder, fn]) => [placeholder, fn.functionArn])),
      logs: {
        destination: new LogGroup(this, 'Log', {
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    for (const [, fn] of used) fn.grantInvoke(this.machine);
  }
}
