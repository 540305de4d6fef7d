import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, type IFunction, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../../functions/registry.ts';

/** One function of `functions/`, as the bundle that also runs on one machine. */
interface ProjectFunctionProps {
  readonly spec: FunctionSpec;
  /** Folder that holds `<name>/index.mjs`. */
  readonly bundles: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A log group that keeps its lines for a month. */
const monthOfLogs = (scope: Construct): LogGroup =>
  new LogGroup(scope, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });

/** A function with its log group. */
export class ProjectFunction extends Construct {
  readonly fn: LambdaFunction;

  constructor(scope: Construct, id: string, { spec, bundles, environment }: ProjectFunctionProps) {
    super(scope, id);
    this.fn = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(bundles, spec.name)),
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutSeconds),
      environment: { ...environment, ...(spec.nodeOptions && { NODE_OPTIONS: spec.nodeOptions }) },
      logGroup: monthOfLogs(this),
    });
  }
}

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
      logs: { destination: monthOfLogs(this), level: LogLevel.ERROR, includeExecutionData: false },
    });
    for (const [, fn] of used) fn.grantInvoke(this.machine);
  }
}
