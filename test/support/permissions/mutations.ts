import type { Json, Templates } from './policies.ts';

/** One wrong right, put into the templates; each is one that a careless change of `infra/` could bring. */
export interface Mutation {
  readonly title: string;
  readonly of: 'data' | 'service';
  readonly change: (resources: Record<string, Json>) => void;
}

const idOf = (name: string) => name.replaceAll('-', '');

/** Statements of the role of a function. */
function statementsOf(resources: Record<string, Json>, name: string): Json[] {
  const [, policy] = Object.entries(resources).find(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(`${idOf(name)}Function`),
  )!;
  return policy.Properties.PolicyDocument.Statement;
}
const has = (statement: Json, action: string) => [statement.Action].flat().includes(action);
const find = (resources: Record<string, Json>, name: string, action: string, text = '') =>
  statementsOf(resources, name).find((each) => has(each, action) && JSON.stringify(each).includes(text))!;

const more = (statement: Json, action: string) => {
  statement.Action = [...[statement.Action].flat(), action];
};
const fewer = (statement: Json, action: string) => {
  statement.Action = [statement.Action].flat().filter((each: string) => each !== action);
};
const drop = (resources: Record<string, Json>, name: string, lost: Json) => {
  const all = statementsOf(resources, name);
  all.splice(all.indexOf(lost), 1);
};
/** Gives a function a statement that another one has. */
const borrow = (resources: Record<string, Json>, from: Json, to: string, changes: object = {}) =>
  statementsOf(resources, to).push({ ...structuredClone(from), ...changes });

export const MUTATIONS: readonly Mutation[] = [
  {
    title: 'a purpose more',
    of: 'service',
    change: (all) =>
      find(all, 'verify-portal', 'kms:Decrypt').Condition.StringEquals['kms:EncryptionContext:purpose'].push('login'),
  },
  {
    title: 'a wider bucket prefix',
    of: 'service',
    change: (all) => {
      const statement = find(all, 'query-portal', 's3:PutObject');
      statement.Resource['Fn::Join'][1][1] = '/*';
    },
  },
  {
    title: 'a managed policy',
    of: 'service',
    change: (all) => {
      const [, role] = Object.entries(all).find(([id]) => id.startsWith('readFunctionServiceRole'))!;
      role.Properties.ManagedPolicyArns.push('arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess');
    },
  },
  {
    title: 'a key policy for everybody',
    of: 'data',
    change: (all) => {
      const [, key] = Object.entries(all).find(([id]) => id.startsWith('SealKey'))!;
      key.Properties.KeyPolicy.Statement.push({
        Action: 'kms:Decrypt',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Resource: '*',
      });
    },
  },
  { title: '`Scan`', of: 'service', change: (all) => more(find(all, 'read', 'dynamodb:Query'), 'dynamodb:Scan') },
  {
    title: 'write for a reader',
    of: 'service',
    change: (all) => more(find(all, 'read', 'dynamodb:GetItem'), 'dynamodb:UpdateItem'),
  },
  {
    title: 'archives for a reader',
    of: 'service',
    change: (all) => borrow(all, find(all, 'deliver', 's3:GetObject', '/archives/*'), 'read'),
  },
  {
    title: "another's secret",
    of: 'service',
    change: (all) => borrow(all, find(all, 'anonymize-portal', 'secretsmanager:GetSecretValue'), 'query-portal'),
  },
  {
    title: 'a dropped condition',
    of: 'service',
    change: (all) => {
      delete find(all, 'query-engine', 'kms:Decrypt').Condition['ForAllValues:StringEquals'];
    },
  },
  {
    title: 'a dropped condition on the keys of items',
    of: 'service',
    change: (all) => {
      delete find(all, 'close-request', 'dynamodb:Query', 'SUBJECT#').Condition;
    },
  },
  {
    title: 'a missing `ListBucket`',
    of: 'service',
    change: (all) => drop(all, 'merge-parts', find(all, 'merge-parts', 's3:ListBucket')),
  },
  {
    title: 'a missing `UpdateItem`',
    of: 'service',
    change: (all) => fewer(find(all, 'operate', 'dynamodb:UpdateItem'), 'dynamodb:UpdateItem'),
  },
  {
    title: 'a reader where a writer is needed',
    of: 'service',
    change: (all) => {
      for (const action of ['dynamodb:PutItem', 'dynamodb:UpdateItem']) fewer(find(all, 'start', action), action);
    },
  },
  {
    title: 'an audit entry that is changed',
    of: 'service',
    change: (all) => more(find(all, 'operate', 'dynamodb:PartiQLInsert'), 'dynamodb:UpdateItem'),
  },
  {
    title: 'an audit entry that is put over another',
    of: 'service',
    change: (all) => more(find(all, 'start', 'dynamodb:PartiQLInsert'), 'dynamodb:PutItem'),
  },
  {
    title: 'an audit entry that cannot be added',
    of: 'service',
    change: (all) => drop(all, 'deliver', find(all, 'deliver', 'dynamodb:PartiQLInsert')),
  },
  {
    title: 'audit entries for everybody',
    of: 'data',
    change: (all) => {
      const [, table] = Object.entries(all).find(([id]) => id.startsWith('Audit'))!;
      const open = { Effect: 'Allow', Action: 'dynamodb:PartiQLInsert', Principal: { AWS: '*' }, Resource: '*' };
      table.Properties.ResourcePolicy.PolicyDocument.Statement.push(open);
    },
  },
  {
    title: 'a function for another account',
    of: 'service',
    change: (all) => {
      const Principal = '111111111111';
      all.Careless = { Type: 'AWS::Lambda::Permission', Properties: { Action: 'lambda:InvokeFunction', Principal } };
    },
  },
  {
    title: 'a queue for everybody',
    of: 'service',
    change: (all) => {
      const [, policy] = Object.entries(all).find(([id]) => id.startsWith('DeadLettersPolicy'))!;
      const open = { Effect: 'Allow', Action: 'sqs:ReceiveMessage', Principal: { AWS: '*' }, Resource: '*' };
      policy.Properties.PolicyDocument.Statement.push(open);
    },
  },
  {
    title: 'a state machine that may call every function',
    of: 'service',
    change: (all) => {
      const [, policy] = Object.entries(all).find(([id]) => id.startsWith('retrieveMachineRoleDefaultPolicy'))!;
      const open = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' };
      policy.Properties.PolicyDocument.Statement.push(open);
    },
  },
  {
    title: 'a login opened by the API',
    of: 'service',
    change: (all) => borrow(all, find(all, 'open-request', 'kms:Decrypt'), 'start'),
  },
];

export function mutated(templates: Templates, { of, change }: Mutation): Templates {
  const copy = structuredClone(templates[of]);
  change(copy.Resources);
  return { ...templates, [of]: copy };
}
