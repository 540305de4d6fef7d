import { ArnFormat, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTIONS, type FunctionSpec, ROUTES, SCHEDULES, TASKS } from '../functions/registry.ts';
import { ACCESS } from './access.ts';
import type { Config } from './config.ts';
import { gdprHttpApi } from './constructs/gdpr-http-api.ts';
import { grantAccess, MACHINES, type Machine, PORTAL_ROLES, type PortalRole } from './constructs/grant-access.ts';
import { closeWhenEnded, logAlarm, schedule } from './constructs/rules.ts';
import { aslStateMachine, projectFunction } from './constructs/workflow.ts';
import type { DataStack } from './data-stack.ts';

const { rerunMissing, scanSentinel, checkRemovals, processTickets } = SCHEDULES;
/** What a log says when a person must look at it, and the functions that say it. */
const LOG_ALARMS: Readonly<Record<string, readonly FunctionSpec[]>> = {
  'notice given up': [SCHEDULES.deliverNotices],
  'anonymization not verified': [TASKS.CloseRequestArn, SCHEDULES.sweep],
  'ticket given up': [processTickets],
  'name came back': [scanSentinel],
  'follow-up failed': [scanSentinel],
  'sentinel scan cut short': [scanSentinel],
  'sentinel scan failed': [scanSentinel],
  'service account refused': [rerunMissing, scanSentinel, checkRemovals, processTickets],
};

/** Functions, state machines and HTTP API: all that a deploy may replace. */
export class ServiceStack extends Stack {
  readonly #portalSecrets: Readonly<Partial<Record<PortalRole, ISecret>>>;
  readonly #functions: Readonly<Record<string, LambdaFunction>>;

  constructor(scope: Construct, id: string, config: Config, data: DataStack) {
    super(scope, id, { description: 'nexthink-gdpr: functions, state machines and HTTP API' });
    this.#portalSecrets = this.#findPortalSecrets(config.portalMaintenance);
    const issuer = this.#parameter('JwtIssuer', 'Issuer of the access tokens (https://...), as in their `iss`');
    this.#functions = this.#createFunctions(config, data, issuer);
    const tasks = Object.fromEntries(
      Object.entries(TASKS).map(([placeholder, { name }]) => [placeholder, this.#functions[name]!]),
    );
    const machines = MACHINES.map((kind) => aslStateMachine(this, kind, `${id}-${kind}`, tasks));
    closeWhenEnded(this, machines, tasks.CloseRequestArn!);
    for (const [id, { name, everyMinutes }] of Object.entries(SCHEDULES))
      schedule(this, id, this.#functions[name]!, everyMinutes);
    for (const [event, specs] of Object.entries(LOG_ALARMS)) {
      const functions = specs.map(({ name }) => this.#functions[name]!);
      logAlarm(this, event, functions);
    }
    this.#createApis(config, issuer);
  }

  /** One API for people with tokens. A second one, if machines are configured: they sign calls with their IAM role. */
  #createApis({ corsOrigins, scopeClaim, machines }: Config, issuer: string): void {
    const functions = Object.fromEntries(Object.values(ROUTES).map(({ name }) => [name, this.#functions[name]!]));
    const audience = this.#parameter('JwtAudience', 'Audience that the access tokens must name');
    const people = gdprHttpApi(this, 'Http', {
      authorizer: new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [audience] }),
      checksScopes: scopeClaim === 'scope', // API Gateway supports only scope and scp
      corsOrigins,
      functions,
    });
    new CfnOutput(this, 'ApiUrl', { value: people });
    if (Object.keys(machines).length === 0) return;
    const authorizer = new HttpIamAuthorizer();
    const machine = gdprHttpApi(this, 'Machines', { authorizer, checksScopes: false, corsOrigins: [], functions });
    new CfnOutput(this, 'MachineApiUrl', { value: machine });
  }

  #parameter(name: string, description: string): string {
    return new CfnParameter(this, name, { description, minLength: 1 }).valueAsString;
  }

  #findPortalSecrets(maintenance: boolean): Partial<Record<PortalRole, ISecret>> {
    const secret = (role: PortalRole) => {
      const arn = this.#parameter(
        `Portal${role}ConnectionArn`,
        `Full ARN of the secret {host, port, database, username, password, ca?} of the ${role} role of the Portal database`,
      );
      return Secret.fromSecretCompleteArn(this, `Portal${role}Secret`, arn);
    };
    const roles = PORTAL_ROLES.filter((role) => maintenance || role !== 'Maintain');
    return Object.fromEntries(roles.map((role) => [role, secret(role)]));
  }

  /** settings.json names the secret. A deploy does not read it, so the rights are for a prefix. */
  #secretsNamed(name: string): string {
    const named = { service: 'secretsmanager', resource: 'secret', resourceName: `${name}*` };
    return this.formatArn({ ...named, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  #createFunctions(config: Config, data: DataStack, issuer: string): Readonly<Record<string, LambdaFunction>> {
    const arn = (resource: string, kind: Machine) =>
      this.formatArn({
        service: 'states',
        resource,
        resourceName: `${this.stackName}-${kind}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const secretArn = (role: PortalRole) => this.#portalSecrets[role]?.secretArn ?? '';
    const environment = {
      REQUESTS_TABLE: data.requests.tableName,
      SEALED_TABLE: data.sealed.tableName,
      BUCKET: data.bucket.bucketName,
      SEAL_KEY_ID: data.sealKey.keyArn,
      RETRIEVE_STATE_MACHINE_ARN: arn('stateMachine', 'retrieve'),
      ANONYMIZE_STATE_MACHINE_ARN: arn('stateMachine', 'anonymize'),
      REHEARSE_STATE_MACHINE_ARN: arn('stateMachine', 'rehearse'),
      PORTAL_READ_SECRET_ID: secretArn('Read'),
      PORTAL_ANONYMIZE_SECRET_ID: secretArn('Anonymize'),
      PORTAL_VERIFY_SECRET_ID: secretArn('Verify'),
      PORTAL_MAINTAIN_SECRET_ID: secretArn('Maintain'),
      SIGN_KEY_ID: data.signKey.keyArn,
      MAC_KEY_ID: data.macKey.keyArn,
      ARCHIVE_DAYS: String(config.archiveDays),
      JWT_ISSUER: issuer,
      SCOPE_CLAIM: config.scopeClaim,
      MACHINE_SCOPES: JSON.stringify(config.machines),
      EVENT_BUS: config.eventBus,
    };
    const resources = {
      data,
      portalSecrets: this.#portalSecrets,
      secretsNamed: (name: string) => this.#secretsNamed(`${config.stage}/${name}`),
      eventBusArn: config.eventBus
        ? this.formatArn({ service: 'events', resource: 'event-bus', resourceName: config.eventBus })
        : undefined,
      machineArn: (machine: Machine) => arn('stateMachine', machine),
      executionsArn: (machine: Machine) => `${arn('execution', machine)}:*`,
    };
    const functions: Record<string, LambdaFunction> = {};
    for (const spec of FUNCTIONS) {
      const access = ACCESS[spec.name];
      if (!access) throw new Error(`${spec.name}: no row in infra/access.ts`);
      functions[spec.name] = projectFunction(this, spec, config.bundles, environment);
      grantAccess(functions[spec.name]!, access, resources);
    }
    return functions;
  }
}
