import { ACCOUNT, REGION } from '../../../local/aws/names.ts';

/** A statement of a policy; lists, with the names of the stand-ins. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Operator, key, values. */
  readonly conditions: readonly (readonly [string, string, readonly string[]])[];
  /** Set in the policy of a resource alone. */
  readonly principals?: readonly string[];
}

/** What the templates say of rights. */
export interface Policies {
  /** By the name of the function. */
  readonly roles: ReadonlyMap<string, readonly Statement[]>;
  /** Statements of the policies of bucket, keys and tables. */
  readonly ofResources: readonly Statement[];
  /** What the evaluator does not know, such as a managed policy or another principal. */
  readonly unknown: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: templates have no type
export type Json = any;
export interface Templates {
  readonly data: Json;
  readonly service: Json;
}

/** Writes logs of its own; no call of a function's code needs it. */
const KNOWN_MANAGED = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
/** Lambda itself does this with the role of a function: it traces calls, and keeps an event that `close-request` did not take. */
const OF_THE_RUNTIME = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'sqs:SendMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
];
/** S3 writes its access logs into a bucket of its own. */
const KNOWN_SERVICE = 'logging.s3.amazonaws.com';
/** Tracing and the delivery of logs, which have no narrower resource. */
const OF_NO_RESOURCE = /^(xray:\w+|logs:\w+(LogDelivery|LogDeliveries|LogGroups|ResourcePolicy|ResourcePolicies))$/;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const list = <T>(value: T | readonly T[] | undefined): readonly T[] => [value ?? []].flat() as T[];

/** Variables of a function that name a resource, and how the stand-ins call it. */
type Environment = Readonly<Record<string, string>>;

/** @param environment of the functions of the recorded system: its names take the place of those of AWS */
export function readPolicies(templates: Templates, functions: readonly string[], environment: Environment): Policies {
  const resources: Record<string, Json> = { ...templates.data.Resources, ...templates.service.Resources };
  const textOf = resolver(templates, resources, environment);
  const unknown: string[] = [];
  const statements = (document: Json, self?: string): Statement[] =>
    list<Json>(document?.Statement).map((statement) => {
      const known = ['Sid', 'Effect', 'Action', 'Resource', 'Condition', 'Principal'];
      for (const field of Object.keys(statement)) if (!known.includes(field)) unknown.push(`field ${field}`);
      const principals = Object.values<Json>(
        statement.Principal?.AWS || statement.Principal?.Service ? statement.Principal : { AWS: statement.Principal },
      );
      return {
        effect: statement.Effect,
        actions: list<string>(statement.Action),
        resources: list<Json>(statement.Resource)
          .map(textOf)
          .map((text) => (text === '*' ? (self ?? text) : text)),
        conditions: Object.entries<Json>(statement.Condition ?? {}).flatMap(([operator, keys]) =>
          Object.entries<Json>(keys).map(([key, values]) => [operator, key, list<Json>(values).map(textOf)] as const),
        ),
        ...(statement.Principal && { principals: principals.flatMap((each) => list<Json>(each).map(textOf)) }),
      };
    });
  const attached = (role: string): Statement[] =>
    Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
      .filter(({ Properties }) => list<Json>(Properties.Roles).some(({ Ref }) => Ref === role))
      .flatMap(({ Properties }) => statements(Properties.PolicyDocument));
  const roles = new Map(
    functions.map((name) => {
      const [, fn] = Object.entries(resources).find(
        ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(`${name.replaceAll('-', '')}Function`),
      )!;
      const role: string = fn.Properties.Role['Fn::GetAtt'][0];
      const { ManagedPolicyArns, Policies: inline, AssumeRolePolicyDocument: trust } = resources[role].Properties;
      const managed = list<Json>(ManagedPolicyArns).map(textOf);
      unknown.push(...managed.filter((arn) => arn !== KNOWN_MANAGED).map((arn) => `${name}: managed policy ${arn}`));
      const trusted = JSON.stringify(list<Json>(trust.Statement).map(({ Principal }) => Principal));
      if (trusted !== '[{"Service":"lambda.amazonaws.com"}]') unknown.push(`${name}: may be assumed by ${trusted}`);
      const own = list<Json>(inline).flatMap(({ PolicyDocument }) => statements(PolicyDocument));
      const all = [...own, ...attached(role)];
      return [name, all.filter(({ actions }) => !actions.every((action) => OF_THE_RUNTIME.includes(action)))] as const;
    }),
  );
  const ofResources = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::KMS::Key') return statements(Properties.KeyPolicy, textOf({ 'Fn::GetAtt': [id, 'Arn'] }));
    if (Type === 'AWS::DynamoDB::Table')
      return statements(Properties.ResourcePolicy?.PolicyDocument, textOf({ 'Fn::GetAtt': [id, 'Arn'] }));
    return Type === 'AWS::S3::BucketPolicy' ? statements(Properties.PolicyDocument) : [];
  });
  // A key that lets its account decide leaves it to the roles; whatever else a resource allows goes past them.
  for (const { effect, principals = [], resources: of, actions } of ofResources) {
    const others = principals.filter((principal) => principal !== ROOT && principal !== KNOWN_SERVICE);
    if (effect === 'Allow' && others.length > 0) unknown.push(`${of}: ${actions} for ${others}`);
  }
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (/^AWS::(Lambda::Permission|SQS::QueuePolicy|SNS::TopicPolicy)$/.test(Type)) {
      const document = Properties.PolicyDocument ?? {
        Statement: [{ Effect: 'Allow', Principal: Properties.Principal }],
      };
      const open = statements(document).filter(({ effect }) => effect === 'Allow');
      const others = open
        .flatMap(({ principals = [] }) => principals)
        .filter((one) => !/^[a-z-]+\.amazonaws\.com$/.test(one));
      unknown.push(...others.map((principal) => `${id}: for ${principal}`));
    }
    if (Type !== 'AWS::IAM::Policy') continue; // roles of machines and schedules, too
    const wide = list<Json>(Properties.PolicyDocument.Statement).filter(({ Resource }) => list(Resource).includes('*'));
    const actions = wide.flatMap(({ Action }) => list<string>(Action)).filter((action) => !OF_NO_RESOURCE.test(action));
    unknown.push(...actions.map((action) => `${id}: ${action} on everything`));
  }
  return { roles, ofResources, unknown };
}

/** Text of a value of a template, with the names of the stand-ins for its resources. */
function resolver(templates: Templates, resources: Record<string, Json>, environment: Environment) {
  const exports = new Map<string, Json>(
    Object.values<Json>(templates.data.Outputs ?? {}).map(({ Value, Export }) => [Export?.Name, Value]),
  );
  const idIn = (value: Json): string | undefined =>
    value?.['Fn::ImportValue']
      ? idIn(exports.get(value['Fn::ImportValue']))
      : (value?.Ref ?? value?.['Fn::GetAtt']?.[0]);
  const variables = Object.values(resources).find(({ Type }) => Type === 'AWS::Lambda::Function').Properties.Environment
    .Variables;
  const names = new Map(
    Object.entries<Json>(variables).map(([name, value]) => [
      typeof value === 'string' ? value : idIn(value),
      environment[name],
    ]),
  );
  const secretArn = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}`;
  const arnOf: Readonly<Record<string, (name: string) => string>> = {
    'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
    'AWS::KMS::Key': (name) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${name}`,
    'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  };
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
  };
  return function textOf(value: Json): string {
    if (typeof value !== 'object') {
      const secret = String(value).includes(':secret:') ? names.get(value) : undefined;
      return secret === undefined ? String(value) : secretArn(secret);
    }
    if (value['Fn::ImportValue']) return textOf(exports.get(value['Fn::ImportValue']));
    if (value['Fn::Join']) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
    const id = idIn(value)!;
    if (pseudo[id]) return pseudo[id];
    const name = names.get(id) ?? (resources[id] && id); // what no function names, such as the bucket of access logs
    if (name === undefined) throw new Error(`nothing of the recorded system is ${JSON.stringify(value)}`);
    if (value['Fn::GetAtt']) return (arnOf[resources[id].Type] ?? String)(name);
    return name;
  };
}
