import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, type IFunction, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../../functions/registry.ts';

const monthOfLogs = (scope: Construct): LogGroup =>
  new LogGroup(scope, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });

/** One function of `functions/`, from its bundle `<bundles>/<name>/index.mjs`, with its log group. */
export function projectFunction(
  stack: Construct,
  spec: FunctionSpec,
  bundles: string,
  environment: Readonly<Record<string, string>>,
): LambdaFunction {
  const scope = new Construct(stack, spec.name);
  return new LambdaFunction(scope, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(join(bundles, spec.name)),
    memorySize: spec.memoryMb,
    timeout: Duration.seconds(spec.timeoutSeconds),
    environment: { ...environment, ...(spec.nodeOptions && { NODE_OPTIONS: spec.nodeOptions }) },
    logGroup: monthOfLogs(scope),
  });
}

/** A state machine from `statemachines/`. @param name fixed before: functions that start it are created before it */
export function aslStateMachine(
  stack: Construct,
  kind: string,
  name: string,
  tasks: Readonly<Record<string, IFunction>>,
): StateMachine {
  const file = new URL(`../../statemachines/${kind}.asl.json`, import.meta.url);
  const definition = readFileSync(file, 'utf8');
  const placeholders = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, placeholder]) => placeholder!));
  const unfilled = [...placeholders].filter((placeholder) => !tasks[placeholder]);
  if (unfilled.length > 0) throw new Error(`${file.pathname}: no function for ${unfilled.join(', ')}`);
  const used = Object.entries(tasks).filter(([placeholder]) => placeholders.has(placeholder));
  const scope = new Construct(stack, kind);
  const machine = new StateMachine(scope, 'Machine', {
    stateMachineName: name,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(definition),
    definitionSubstitutions: Object.fromEntries(used.map(([placeholder, fn]) => [placeholder, fn.functionArn])),
    logs: { destination: monthOfLogs(scope), level: LogLevel.ERROR, includeExecutionData: false },
  });
  for (const [, fn] of used) fn.grantInvoke(machine);
  return machine;
}
