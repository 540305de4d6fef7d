import type { AwsCall } from '../../../local/aws/call-recorder.ts';
import { conditionHolds, matches } from '../../../local/aws/iam-conditions.ts';
import type { Statement } from './policies.ts';

type Asked = Omit<AwsCall, 'by'>;

/** What every call of an SDK client brings along; the role of a function is below the path of its stage. */
const ALWAYS: Asked['context'] = {
  'aws:SecureTransport': ['true'],
  's3:TlsVersion': ['1.3'],
  'aws:PrincipalArn': ['arn:aws:iam::000000000000:role/test/a-function'],
};

/** @throws the operator is not read, so that nothing passes unread */
function holds([operator, key, values]: Statement['conditions'][number], { context }: Asked): boolean {
  const held = conditionHolds(operator, values, context[key] ?? ALWAYS[key] ?? []);
  if (held === undefined) throw new Error(`the evaluator does not know ${operator}`);
  return held;
}

/** Whether a statement speaks of a call: its actions, resources and conditions all fit. Actions have no case. */
export const applies = ({ actions, resources, conditions }: Statement, asked: Asked): boolean =>
  actions.some((action) => matches(action.toLowerCase(), asked.action.toLowerCase())) &&
  resources.some((resource) => matches(resource, asked.resource)) &&
  conditions.every((condition) => holds(condition, asked));

/**
 * Whether a role may do something in its own account: some statement of the role allows it, no statement of the role or of the
 * resource denies it, and a key lets its account decide. Source: IAM user guide, "Policy evaluation logic".
 */
export function isAllowed(asked: Asked, role: readonly Statement[], ofResources: readonly Statement[]): boolean {
  const spoken = [...role, ...ofResources].filter((statement) => applies(statement, asked));
  if (spoken.some(({ effect }) => effect === 'Deny')) return false;
  const isKey = asked.action.startsWith('kms:');
  const byKey = ofResources.some((statement) => statement.effect === 'Allow' && applies(statement, asked));
  return role.some((statement) => statement.effect === 'Allow' && applies(statement, asked)) && (!isKey || byKey);
}
