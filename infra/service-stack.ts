import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { AUTHORIZER, FUNCTIONS, type FunctionSpec, ROUTES, SCHEDULES, TASKS } from '../functions/registry.ts';
import type { Config } from './config.ts';
import { Alarms } from './constructs/alarms.ts';
import { gdprHttpApi } from './constructs/gdpr-http-api.ts';
import { ACCESS, grantAccess, MACHINES, type Machine } from './constructs/grant-access.ts';
import { hostConsole } from './constructs/host-console.ts';
import { type Identity, identityOf } from './constructs/identity.ts';
import { rolePath } from './constructs/key-guards.ts';
import { callsCompany, insideOf } from './constructs/network.ts';
import { PrivateApi } from './constructs/private-api.ts';
import { closeWhenEnded, schedule } from './constructs/rules.ts';
import { aslStateMachine, type Logs, projectFunction } from './constructs/workflow.ts';
import type { DataStack } from './data-stack.ts';

const { sweep, rerunMissing, scanSentinel, checkRemovals, processTickets, anchorAudit } = SCHEDULES;
/** What a log says when a person must look at it, and the functions that say it. */
const LOG_ALARMS: Readonly<Record<string, readonly FunctionSpec[]>> = {
  'notice given up': [SCHEDULES.deliverNotices],
  'anonymization not verified': [TASKS.CloseRequestArn, sweep],
  'not swept': [sweep],
  'deadline due': [sweep],
  'deadline overdue': [sweep],
  'ticket given up': [processTickets],
  'name came back': [scanSentinel],
  'follow-up failed': [scanSentinel],
  'sentinel scan cut short': [scanSentinel],
  'sentinel scan failed': [scanSentinel],
  'signer of the stamp not checked': [anchorAudit],
  'service account refused': [rerunMissing, scanSentinel, checkRemovals, processTickets],
};
/** A running request has a heartbeat at least this often; without one for longer, no worker is left. */
const MAX_SILENT_MS = 3_600_000;

/** Functions, state machines and HTTP API: all that a deploy may replace. */
export class ServiceStack extends Stack {
  /** By the names of `functions/registry.ts`. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly machines: readonly StateMachine[];
  /** The API of people, and the one of machines where there are any. */
  readonly api: HttpApi | PrivateApi;
  readonly machineApi: HttpApi | PrivateApi | undefined;
  readonly identity: Identity;
  readonly alarms: Alarms;
  readonly #config: Config;

  constructor(scope: Construct, id: string, config: Config, data: DataStack, props: StackProps = {}) {
    super(scope, id, { description: 'nexthink-gdpr: functions, state machines and HTTP API', ...props });
    this.#config = config;
    this.identity = identityOf(this, config, data.people);
    const logs = { days: config.logDays, key: data.dataKey };
    this.functions = this.#createFunctions(data, logs);
    const all = (specs: readonly FunctionSpec[]) => [...new Set(specs.map(({ name }) => this.functions[name]!))];
    const tasks = Object.fromEntries(
      Object.entries(TASKS).map(([placeholder, { name }]) => [placeholder, this.functions[name]!]),
    );
    this.machines = MACHINES.map((kind) => aslStateMachine(this, kind, `${this.stackName}-${kind}`, tasks, logs));
    const deadLetters = new Queue(this, 'DeadLetters', { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true });
    tasks.CloseRequestArn!.configureAsyncInvoke({ onFailure: new SqsDestination(deadLetters) });
    closeWhenEnded(this, this.machines, tasks.CloseRequestArn!, deadLetters);
    this.alarms = new Alarms(this, config);
    for (const [id, { name, everyMinutes }] of Object.entries(SCHEDULES)) {
      schedule(this, id, this.functions[name]!, everyMinutes, deadLetters);
      this.alarms.schedule(id, this.functions[name]!, everyMinutes);
    }
    for (const [event, specs] of Object.entries(LOG_ALARMS)) this.alarms.log(event, all(specs));
    const silent = 'a request that should run has had no news for an hour';
    const silence = { name: 'oldest-silent', what: silent, field: 'milliseconds', threshold: MAX_SILENT_MS };
    this.alarms.log('swept', all([sweep]), silence);
    [this.api, this.machineApi] = this.#createApis(logs);
    const apis = [this.api, ...(this.machineApi ? [this.machineApi] : [])];
    const routes = all(Object.values(ROUTES));
    this.alarms.watch({ machines: this.machines, tasks: all(Object.values(TASKS)), routes, apis, deadLetters });
    new CfnOutput(this, 'AlarmTopic', { value: this.alarms.topic.topicArn });
    if (config.console)
      new CfnOutput(this, 'ConsoleUrl', { value: hostConsole(this, config.console, this.api, this.identity) });
  }

  /** Lets a role call the API of machines (SigV4). Its scopes are what `api.machines` of the file says. */
  grantCall({ grantPrincipal }: IGrantable): void {
    if (!this.machineApi) throw new Error('no API for machines: name them in api.machines');
    const resources = [this.machineApi.arnForExecuteApi()];
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['execute-api:Invoke'], resources }));
  }

  /** One API for people with tokens. A second one, if machines are configured: they sign calls with their IAM role. */
  #createApis(logs: Logs): [HttpApi | PrivateApi, (HttpApi | PrivateApi)?] {
    const { network, api, console } = this.#config;
    const { functions } = this;
    const { issuer, audience, scopeClaim } = this.identity;
    const shared = { functions, logs };
    const endpointId = network?.apiEndpointId;
    // Not cached: a token that has run out is refused at once.
    const tokens = { handler: functions[AUTHORIZER.name]!, resultsCacheTtl: Duration.seconds(0) };
    const people = endpointId
      ? new PrivateApi(this, 'Private', endpointId, shared, new TokenAuthorizer(this, 'Tokens', tokens), !!console)
      : gdprHttpApi(this, 'Http', {
          ...shared,
          authorizer: new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [audience] }),
          checksScopes: scopeClaim === 'scope', // API Gateway supports only scope and scp
          corsOrigins: api.corsOrigins,
        });
    new CfnOutput(this, 'ApiUrl', { value: people.apiEndpoint });
    if (Object.keys(api.machines).length === 0) return [people];
    const signed = { authorizer: new HttpIamAuthorizer(), checksScopes: false, corsOrigins: [] };
    const machine = endpointId
      ? new PrivateApi(this, 'PrivateMachines', endpointId, shared)
      : gdprHttpApi(this, 'Machines', { ...shared, ...signed });
    new CfnOutput(this, 'MachineApiUrl', { value: machine.apiEndpoint });
    return [people, machine];
  }

  #arn(service: string, resource: string, resourceName: string): string {
    return this.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  #machineArn(kind: Machine): string {
    return this.#arn('states', 'stateMachine', `${this.stackName}-${kind}`);
  }

  #environment(data: DataStack): Readonly<Record<string, string>> {
    const { secrets } = this.#config.portalDatabase;
    return {
      REQUESTS_TABLE: data.requests.tableName,
      AUDIT_TABLE: data.audit.tableName,
      SEALED_TABLE: data.sealed.tableName,
      BUCKET: data.bucket.bucketName,
      SEAL_KEY_ID: data.sealKey.keyArn,
      RETRIEVE_STATE_MACHINE_ARN: this.#machineArn('retrieve'),
      ANONYMIZE_STATE_MACHINE_ARN: this.#machineArn('anonymize'),
      REHEARSE_STATE_MACHINE_ARN: this.#machineArn('rehearse'),
      PORTAL_READ_SECRET_ID: secrets.read,
      PORTAL_ANONYMIZE_SECRET_ID: secrets.anonymize,
      PORTAL_VERIFY_SECRET_ID: secrets.verify,
      PORTAL_MAINTAIN_SECRET_ID: secrets.maintain ?? '',
      SIGN_KEY_ID: data.signKey.keyArn,
      MAC_KEY_ID: data.macKey.keyArn,
      ARCHIVE_DAYS: String(this.#config.archiveDays),
      JWT_ISSUER: this.identity.issuer,
      JWT_AUDIENCE: this.identity.audience,
      SCOPE_CLAIM: this.identity.scopeClaim,
      MACHINE_SCOPES: JSON.stringify(this.#config.api.machines),
      EVENT_BUS: this.#config.eventBus,
    };
  }

  #createFunctions(data: DataStack, logs: Logs): Readonly<Record<string, LambdaFunction>> {
    const { stage, eventBus, network, concurrency, bundles } = this.#config;
    const inside = network && insideOf(this, network);
    const environment = this.#environment(data);
    const resources = {
      data,
      portalSecrets: this.#config.portalDatabase.secrets,
      // settings.json names the secret; a deploy does not read it, so the rights are for a prefix
      secretsNamed: (name: string) => this.#arn('secretsmanager', 'secret', `${stage}/${name}*`),
      eventBusArn: eventBus
        ? this.formatArn({ service: 'events', resource: 'event-bus', resourceName: eventBus })
        : undefined,
      machineArn: (machine: Machine) => this.#machineArn(machine),
      executionsArn: (machine: Machine) => this.#arn('states', 'execution', `${this.stackName}-${machine}:*`),
    };
    const functions: Record<string, LambdaFunction> = {};
    for (const spec of network?.apiEndpointId ? [...FUNCTIONS, AUTHORIZER] : FUNCTIONS) {
      const access = ACCESS[spec.name];
      if (!access) throw new Error(`${spec.name}: no row in infra/access.yaml`);
      const isInside = network?.inside === 'all' || callsCompany(access) || spec === AUTHORIZER;
      const reserved = concurrency[spec.name];
      functions[spec.name] = projectFunction(this, spec, {
        bundles,
        environment,
        logs,
        rolePath: rolePath(stage),
        ...(isInside && inside),
        ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
      });
      grantAccess(functions[spec.name]!, access, resources);
    }
    return functions;
  }
}
