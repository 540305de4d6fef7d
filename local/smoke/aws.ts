import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { DescribeVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { Proof } from '../../client/send-call.ts';
import { signCalls } from '../../client/sign-calls.ts';
import { errorOf } from '../../modules/common/errors.ts';

/** A call of AWS that was not answered. The text of AWS itself may name a person, such as the session of a role. */
export class AwsRefusal extends errorOf('AwsRefusal', (action: string, reason: string, code: string) => ({
  message: `${action}: ${reason} (${code})`,
  code,
})) {}

/** Why AWS did not do something, by the name of its error. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/AccessDenied|Unauthorized|AuthorizationError|NotAuthorized/, 'your AWS role may not do this'],
  [
    /Credentials|Token|UnrecognizedClient|SignatureDoesNotMatch/,
    'there are no valid AWS credentials: set AWS_PROFILE, or log in with `aws sso login`',
  ],
  [/ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|Timeout/, 'AWS does not answer: look at AWS_REGION, network and proxy'],
];

function refusalOf(action: string, error: unknown): AwsRefusal {
  const { name, message = '', code = name } = error as NodeJS.ErrnoException;
  if (/region (is missing|not accepted)/i.test(message)) return new AwsRefusal(action, 'set AWS_REGION', 'no region');
  const [, reason = 'AWS refused it'] = REASONS.find(([words]) => words.test(`${name} ${code}`)) ?? [];
  if (name === 'ValidationError' && /does not exist/.test(message))
    return new AwsRefusal(action, 'compare --stack with `stage`, and AWS_REGION', 'does not exist');
  return new AwsRefusal(action, reason, code);
}

/** Calls of AWS with the credentials of whoever runs this. Each one names its action when it is refused. */
export class Aws {
  readonly #cloudFormation: CloudFormationClient;
  readonly #cloudWatch: CloudWatchClient;
  readonly #ec2: EC2Client;
  readonly #kms: KMSClient;
  readonly #lambda: LambdaClient;
  readonly #quotas: ServiceQuotasClient;
  readonly #sns: SNSClient;

  /** @param access absent: region and credentials as for every SDK client */
  constructor(access: KMSClientConfig = {}) {
    this.#cloudFormation = new CloudFormationClient(access);
    this.#cloudWatch = new CloudWatchClient(access);
    this.#ec2 = new EC2Client(access);
    this.#kms = new KMSClient(access);
    this.#lambda = new LambdaClient(access);
    this.#quotas = new ServiceQuotasClient(access);
    this.#sns = new SNSClient(access);
  }

  /** Signs calls of the API of machines with the same credentials. @throws {AwsRefusal} there are none */
  sign(): Promise<Proof> {
    return ask('execute-api:Invoke', () => signCalls(this.#kms));
  }

  /** @throws {AwsRefusal} its `code` is `does not exist` when there is no such stack */
  async stack(StackName: string): Promise<Stack> {
    const command = new DescribeStacksCommand({ StackName });
    const { Stacks } = await ask('cloudformation:DescribeStacks', () => this.#cloudFormation.send(command));
    return Stacks![0]!;
  }

  /** Names of the functions of a stack, by logical id. */
  async functionsOf(StackName: string): Promise<ReadonlyMap<string, string>> {
    const pages = paginateListStackResources({ client: this.#cloudFormation }, { StackName });
    const all = await ask('cloudformation:ListStackResources', () => Array.fromAsync(pages));
    const resources = all.flatMap(({ StackResourceSummaries = [] }) => StackResourceSummaries);
    const functions = resources.filter(({ ResourceType }) => ResourceType === 'AWS::Lambda::Function');
    return new Map(functions.map((one) => [one.LogicalResourceId!, one.PhysicalResourceId!]));
  }

  function(FunctionName: string) {
    const command = new GetFunctionConfigurationCommand({ FunctionName });
    return ask('lambda:GetFunctionConfiguration', () => this.#lambda.send(command));
  }

  /** Endpoints of AWS services in a network, by the last word of their names, such as `kms`. */
  async endpoints(vpcId: string) {
    const command = new DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
    const { VpcEndpoints = [] } = await ask('ec2:DescribeVpcEndpoints', () => this.#ec2.send(command));
    return VpcEndpoints.map(({ ServiceName = '', State = '', VpcEndpointType, PrivateDnsEnabled }) => ({
      service: ServiceName.split('.').at(-1)!,
      state: State.toLowerCase(),
      isFound: VpcEndpointType !== 'Interface' || PrivateDnsEnabled === true,
    }));
  }

  async concurrency() {
    const command = new GetAccountSettingsCommand({});
    const { AccountLimit = {} } = await ask('lambda:GetAccountSettings', () => this.#lambda.send(command));
    return AccountLimit;
  }

  /** Quotas of a service by name. */
  async quotas(ServiceCode: string): Promise<ReadonlyMap<string, number>> {
    const pages = paginateListServiceQuotas({ client: this.#quotas }, { ServiceCode });
    const all = await ask('servicequotas:ListServiceQuotas', () => Array.fromAsync(pages));
    return new Map(all.flatMap(({ Quotas = [] }) => Quotas).map(({ QuotaName, Value }) => [QuotaName!, Value!]));
  }

  async key(KeyId: string) {
    const described = await ask('kms:DescribeKey', () => this.#kms.send(new DescribeKeyCommand({ KeyId })));
    const policy = await ask('kms:GetKeyPolicy', () => this.#kms.send(new GetKeyPolicyCommand({ KeyId })));
    return { state: described.KeyMetadata!.KeyState!, policy: policy.Policy! };
  }

  async setAlarm(AlarmName: string, StateValue: StateValue, StateReason: string): Promise<void> {
    const command = new SetAlarmStateCommand({ AlarmName, StateValue, StateReason });
    await ask('cloudwatch:SetAlarmState', () => this.#cloudWatch.send(command));
  }

  /** Nothing: there is no such alarm. */
  async alarmState(AlarmName: string): Promise<StateValue | undefined> {
    const command = new DescribeAlarmsCommand({ AlarmNames: [AlarmName] });
    const { MetricAlarms = [] } = await ask('cloudwatch:DescribeAlarms', () => this.#cloudWatch.send(command));
    return MetricAlarms[0]?.StateValue;
  }

  /** What an alarm did after it went off for a reason, in words of CloudWatch; nothing when it did not go off. */
  async afterAlarm(AlarmName: string, reason: string): Promise<readonly string[] | undefined> {
    const command = new DescribeAlarmHistoryCommand({ AlarmName, ScanBy: 'TimestampDescending' });
    const answer = await ask('cloudwatch:DescribeAlarmHistory', () => this.#cloudWatch.send(command));
    const { AlarmHistoryItems: items = [] } = answer;
    const update = items.find(({ HistoryData = '' }) => HistoryData.includes(reason));
    if (!update) return undefined;
    const later = items.filter((item) => item.HistoryItemType === 'Action' && item.Timestamp! >= update.Timestamp!);
    return later.map(({ HistorySummary = '' }) => HistorySummary);
  }

  /** Subscriptions of a topic: protocol, and whether it was confirmed. */
  async subscriptions(TopicArn: string) {
    const pages = paginateListSubscriptionsByTopic({ client: this.#sns }, { TopicArn });
    const all = await ask('sns:ListSubscriptionsByTopic', () => Array.fromAsync(pages));
    const found = all.flatMap(({ Subscriptions = [] }) => Subscriptions);
    return found.map(({ Protocol = '', SubscriptionArn = '' }) => ({
      protocol: Protocol,
      isConfirmed: SubscriptionArn.startsWith('arn:'),
    }));
  }
}

/** @throws {AwsRefusal} */
async function ask<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(action, error);
  }
}
