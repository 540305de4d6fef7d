import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionSpec } from '../../functions/registry.ts';

/** One function of `functions/`, as the bundle that also runs on one machine. */
interface ProjectFunctionProps {
  readonly spec: FunctionSpec;
  /** Folder that holds `<name>/index.mjs`. */
  readonly bundles: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A function with its log group, kept for a month. */
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
      logGroup: new LogGroup(this, 'Log', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }
}
