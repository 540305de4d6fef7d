import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { checkConfig } from '../../infra/config.ts';
import { DataStack } from '../../infra/data-stack.ts';
import { type LoopbackServer, serveOnLoopback } from '../../local/aws/loopback.ts';
import { ACCOUNT, FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { SMALLEST } from '../infra/synthesize.ts';

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
/** Its path is the stage, as infra/ gives it to the role of each function. */
const ROLE = `arn:aws:iam::${ACCOUNT}:role/test/doctor-role`;

type Json = Record<string, unknown>;
/** What AWS refuses with. */
class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The account that a system was deployed to, as far as a smoke run asks for it: answers of CloudFormation, CloudWatch, SNS,
 * Lambda, KMS and Service Quotas over HTTP, in the protocols of AWS. Tests change what is here.
 */
export class AwsAccount {
  readonly stage = 'test';
  /** Outputs of the service stack. */
  outputs: Record<string, string> = { AlarmTopic: arn('sns', 'operations') };
  stackStatus = 'UPDATE_COMPLETE';
  isProtected = true;
  functionState: Json = { State: 'Active', LastUpdateStatus: 'Successful', VpcConfig: { VpcId: 'vpc-1' } };
  /** Endpoints of its network, as EC2 spells them. */
  endpoints = ['s3', 'dynamodb', 'kms', 'secretsmanager', 'states'].map((service, at) => ({
    serviceName: `com.amazonaws.${REGION}.${service}`,
    state: 'available',
    vpcEndpointType: at < 2 ? 'Gateway' : 'Interface',
    privateDnsEnabled: at > 1,
  }));
  unreserved = 900;
  starts = 1300;
  keyState = 'Enabled';
  /** Policies of the keys that the data stack makes, by the beginning of their logical id. */
  readonly policies = { ...POLICIES };
  subscriptions = [{ Protocol: 'email', SubscriptionArn: arn('sns', 'operations:1'), Endpoint: 'jane@corp.example' }];
  /** What CloudWatch says of the action of an alarm; empty: it says nothing. */
  action = 'Successfully executed action';
  /** The topic that an alarm reaches. */
  actionTopic = arn('sns', 'operations');
  /** State of the alarm before anybody sets it. */
  alarmState = 'OK';
  /** Called when the alarm is set to ALARM. */
  onAlarm = () => {};
  functionNames = ['doctorFunction1A', 'startFunction2B'];
  /** Actions that the role of the caller lacks. */
  denied: readonly string[] = [];
  /** Alarms by name, with the states that they were set to. */
  readonly alarms = new Map<string, string[]>();
  /** What CloudWatch tells of the alarm, the latest first. A trial of yesterday is there. */
  readonly #history: Json[] = [actionItem(this.actionTopic, this.action, 1_000)];
  readonly #server: LoopbackServer;

  private constructor(server: LoopbackServer) {
    this.#server = server;
  }

  static async start(): Promise<AwsAccount> {
    const server = createServer((request, response) => void account.#answer(request, response));
    const account: AwsAccount = new AwsAccount(await serveOnLoopback(server));
    return account;
  }

  /** For SDK clients of this process. */
  get access() {
    return { region: REGION, credentials: FAKE_CREDENTIALS, endpoint: this.#server.url, maxAttempts: 1 };
  }

  /** For SDK clients of another process. */
  get environment(): Record<string, string> {
    return {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: FAKE_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL: this.#server.url,
    };
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Answers by action. */
  readonly #actions: Readonly<Record<string, (input: Json) => Json>> = {
    DescribeStacks: ({ StackName }) => {
      const parts: Record<string, Record<string, string>> = {
        [`${this.stage}-data`]: { BucketName: 'bucket' },
        [`${this.stage}-service`]: this.outputs,
      };
      const outputs = parts[String(StackName)];
      if (!outputs) throw new Refused('ValidationError', `Stack with id ${StackName} does not exist`);
      const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
      const about = { StackName, StackStatus: this.stackStatus, EnableTerminationProtection: this.isProtected };
      return { Stacks: [{ ...about, CreationTime: '2026-11-30T00:00:00Z', Outputs }] };
    },
    ListStackResources: () => ({
      StackResourceSummaries: this.functionNames.map((LogicalResourceId) => ({
        LogicalResourceId,
        PhysicalResourceId: `test-service-${LogicalResourceId}`,
        ResourceType: 'AWS::Lambda::Function',
        ResourceStatus: 'CREATE_COMPLETE',
        LastUpdatedTimestamp: '2026-11-30T00:00:00Z',
      })),
    }),
    GetFunctionConfiguration: () => ({
      ...this.functionState,
      Role: ROLE,
      Environment: { Variables: { SEAL_KEY_ID: 'SealKey', SIGN_KEY_ID: 'SignKey', MAC_KEY_ID: 'MacKey' } },
    }),
    DescribeVpcEndpoints: () => ({ vpcEndpointSet: this.endpoints }),
    GetAccountSettings: () => ({
      AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: this.unreserved },
    }),
    ListServiceQuotas: () => ({
      Quotas: [{ QuotaName: 'StartExecution throttle token bucket size', Value: this.starts }],
    }),
    DescribeKey: ({ KeyId }) => ({ KeyMetadata: { KeyId, KeyState: this.keyState } }),
    GetKeyPolicy: ({ KeyId }) => ({ Policy: this.policies[String(KeyId)] }),
    SetAlarmState: ({ AlarmName, StateValue, StateReason }) => {
      const states = this.alarms.get(String(AlarmName)) ?? [];
      this.alarms.set(String(AlarmName), [...states, String(StateValue)]);
      const HistoryData = JSON.stringify({ newState: { stateValue: StateValue, stateReason: StateReason } });
      const Timestamp = 2_000;
      this.#history.unshift({ HistoryItemType: 'StateUpdate', Timestamp, HistoryData });
      if (StateValue !== 'ALARM') return {};
      if (this.action) this.#history.unshift(actionItem(this.actionTopic, this.action, 2_001));
      this.onAlarm();
      return {};
    },
    DescribeAlarms: () => {
      const AlarmName = `${this.stage}-dead-letters`;
      return { MetricAlarms: [{ AlarmName, StateValue: this.alarms.get(AlarmName)?.at(-1) ?? this.alarmState }] };
    },
    DescribeAlarmHistory: () => ({ AlarmHistoryItems: this.#history }),
    ListSubscriptionsByTopic: () => ({ Subscriptions: this.subscriptions }),
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const form = /form-urlencoded/.test(request.headers['content-type'] ?? '');
    const input = form ? Object.fromEntries(new URLSearchParams(body)) : (JSON.parse(body || '{}') as Json);
    const action = form ? String((input as Json).Action) : actionOf(request);
    const send = (status: number, type: string, sent: string) =>
      response.writeHead(status, { 'content-type': type }).end(sent);
    try {
      if (this.denied.includes(action)) throw new Refused('AccessDenied', `User ${ROLE}/jane may not`);
      const answer = this.#actions[action]!(input);
      if (!form) send(200, 'application/x-amz-json-1.1', JSON.stringify(answer));
      else if (action.includes('Vpc')) send(200, 'text/xml', xml({ [`${action}Response`]: answer }, 'item'));
      else send(200, 'text/xml', xml({ [`${action}Response`]: { [`${action}Result`]: answer } }));
    } catch (error) {
      const { code = 'InternalFailure', message } = error as Refused;
      const status = code === 'AccessDenied' ? 403 : 400;
      if (form)
        send(status, 'text/xml', xml({ ErrorResponse: { Error: { Type: 'Sender', Code: code, Message: message } } }));
      else send(status, 'application/x-amz-json-1.1', JSON.stringify({ __type: code, message }));
    }
  }
}

const actionItem = (topic: string, action: string, Timestamp: number): Json => ({
  HistoryItemType: 'Action',
  Timestamp,
  HistorySummary: `${action} ${topic}`,
});

/** JSON protocols name the action in a header, Lambda by the address. */
function actionOf({ headers, url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (target !== undefined) return String(target).split('.').at(-1)!;
  return url.includes('/account-settings') ? 'GetAccountSettings' : 'GetFunctionConfiguration';
}

/** @param item how an element of a list is called */
function xml(value: unknown, item = 'member'): string {
  if (Array.isArray(value)) return value.map((one) => `<${item}>${xml(one, item)}</${item}>`).join('');
  if (typeof value !== 'object' || value === null)
    return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Object.entries(value)
    .map(([name, inside]) => `<${name}>${xml(inside, item)}</${name}>`)
    .join('');
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
};

/** A part of a template with the values that a deploy knows. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::Join': join } = value as { readonly Ref?: string; readonly 'Fn::Join'?: [string, unknown[]] };
  if (Ref !== undefined) return PSEUDO[Ref] ?? Ref;
  if (join) return join[1].map(resolved).join(join[0]);
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, resolved(inside)]));
}

/** Those of the template. */
function keyPolicies(): Record<string, string> {
  const data = new DataStack(new App(), 'test-data', checkConfig(SMALLEST)); // the other stack takes seconds
  const keys = Object.entries(Template.fromStack(data).findResources('AWS::KMS::Key'));
  const nameOf = (id: string) => id.replace(/[0-9A-F]{8}$/, '');
  return Object.fromEntries(keys.map(([id, key]) => [nameOf(id), JSON.stringify(resolved(key.Properties.KeyPolicy))]));
}

const POLICIES = keyPolicies();
