import type { AwsCall } from '../../../local/aws/call-recorder.ts';
import type { Statement } from './policies.ts';

type Asked = Omit<AwsCall, 'by'>;

/** Whether a pattern of IAM stands for a text: `*` for any characters, `?` for one. */
export function matches(pattern: string, text: string): boolean {
  const known = EXPRESSIONS.get(pattern) ?? expressionOf(pattern);
  EXPRESSIONS.set(pattern, known);
  return known.test(text);
}
const EXPRESSIONS = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's');
}

const equals = (value: string, given: string) => value === given;
/** The comparisons in use. Another one is an error, so that nothing passes unread. */
const OPERATORS: Readonly<Record<string, (value: string, given: string) => boolean>> = {
  StringEquals: equals,
  StringLike: matches,
  Bool: equals,
  NumericLessThan: (value, given) => Number(given) < Number(value),
};

/** Those that hold where the other one does not. */
const NEGATED: Readonly<Record<string, string>> = { StringNotEquals: 'StringEquals', ArnNotLike: 'StringLike' };

/** What every call of an SDK client brings along; the role of a function is below the path of its stage. */
const ALWAYS: Asked['context'] = {
  'aws:SecureTransport': ['true'],
  's3:TlsVersion': ['1.3'],
  'aws:PrincipalArn': ['arn:aws:iam::000000000000:role/test/a-function'],
};

/**
 * Whether a condition holds. Source: IAM user guide, "Condition operators" and "Set operators": without a set operator a key
 * that is absent does not match, but for a negated operator; with `ForAllValues` it does, with `ForAnyValue` never. `Null` asks
 * whether it is absent, and `IfExists` is content with that.
 */
function holds([operator, key, values]: Statement['conditions'][number], { context }: Asked): boolean {
  const given = context[key] ?? ALWAYS[key] ?? [];
  if (operator === 'Null') return values.includes(String(given.length === 0));
  if (operator === 'BoolIfExists') return given.every((one) => values.includes(one));
  const [name, set] = operator.split(':').reverse() as [string, string?];
  const compare = OPERATORS[NEGATED[name] ?? name];
  if (!compare) throw new Error(`the evaluator does not know ${operator}`);
  const fits = (one: string) => values.some((value) => compare(value, one)) !== name in NEGATED;
  if (set === 'ForAllValues' || (name in NEGATED && set === undefined)) return given.every(fits);
  return given.some(fits);
}

export const compareBy = (operator: string) => OPERATORS[operator.replace(/^ForAllValues:/, '')]!;

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
