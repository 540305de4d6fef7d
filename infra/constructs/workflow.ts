import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../../functions/registry.ts';

/** How long logs are kept, and the key of the company's that encrypts them. */
export interface Logs {
  readonly days: number;
  readonly key: IKey | undefined;
}
export const logGroup = (scope: Construct, { days, key }: Logs): LogGroup =>
  new LogGroup(scope, 'Log', {
    retention: days,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key && { encryptionKey: key }),
  });

/** One function of `functions/`, from its bundle `<bundles>/<name>/index.mjs`, with its log group. @param rolePath of its role */
export function projectFunction(
  stack: Construct,
  spec: FunctionSpec,
  { bundles, logs, rolePath, ...options }: lambda.FunctionOptions & { bundles: string; logs: Logs; rolePath: string },
): lambda.Function {
  const scope = new Construct(stack, spec.name);
  const fn = new lambda.Function(scope, 'Function', {
    ...options,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(join(bundles, spec.name)),
    memorySize: spec.memoryMb,
    timeout: Duration.seconds(spec.timeoutSeconds),
    environment: { ...options.environment, ...(spec.nodeOptions && { NODE_OPTIONS: spec.nodeOptions }) },
    logGroup: logGroup(scope, logs),
    tracing: lambda.Tracing.ACTIVE, // times of calls; no code adds payloads
  });
  (fn.role!.node.defaultChild as CfnRole).path = rolePath; // policies of keys know it by that
  return fn;
}

/** A state machine from `statemachines/`. @param name fixed before: functions that start it are created before it */
export function aslStateMachine(
  stack: Construct,
  kind: string,
  name: string,
  tasks: Readonly<Record<string, lambda.IFunction>>,
  logs: Logs,
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
    logs: { destination: logGroup(scope, logs), level: LogLevel.ALL, includeExecutionData: false },
    tracingEnabled: true,
  });
  for (const [, fn] of used) fn.grantInvoke(machine);
  return machine;
}
