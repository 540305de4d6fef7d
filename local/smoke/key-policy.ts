import * as z from 'zod';
import { conditionHolds, matches } from '../aws/iam-conditions.ts';

const listed = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** What is read of a policy of a key. */
const Policy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z.union([z.literal('*'), z.record(z.string(), listed)]).optional(),
      NotPrincipal: z.unknown().optional(),
      Action: listed.optional(),
      NotAction: listed.optional(),
      Condition: z.record(z.string(), z.record(z.string(), listed)).default({}),
    }),
  ),
});
type Statement = z.infer<typeof Policy>['Statement'][number];

/** A use of a key: who, what, and with which encryption context. */
export interface Use {
  readonly principal: string;
  readonly action: string;
  readonly context: Readonly<Record<string, string>>;
}

/** `unknown`: the policy holds something that is not read here. */
type Answer = 'allowed' | 'refused' | 'unknown';
/** Nothing: it cannot be told. */
type Applies = boolean | undefined;

/**
 * What the policy of a key says of a use by somebody whom the policies of the account let do everything.
 * Source: IAM user guide, "Policy evaluation logic" and "Condition operators".
 */
export function answerOf(document: string, use: Use): Answer {
  const { data } = Policy.safeParse(JSON.parse(document));
  if (!data) return 'unknown';
  const speaking = (effect: Statement['Effect']) =>
    data.Statement.filter(({ Effect }) => Effect === effect).map((statement) => applies(statement, use));
  const [denied, allowed] = [speaking('Deny'), speaking('Allow')];
  if (denied.includes(true)) return 'refused';
  if (!allowed.includes(true)) return allowed.includes(undefined) ? 'unknown' : 'refused';
  return denied.includes(undefined) ? 'unknown' : 'allowed';
}

/** All must be true; one that is false decides, whatever cannot be told. */
function every(parts: readonly Applies[]): Applies {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function applies({ Principal, NotPrincipal, Action, NotAction, Condition }: Statement, use: Use): Applies {
  if (NotPrincipal !== undefined || NotAction) return undefined;
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => holds(operator, key, values, use)),
  );
  const isAction = (Action ?? []).some((action) => matches(action.toLowerCase(), use.action.toLowerCase()));
  return every([isAction, meant(Principal, use.principal), ...conditions]);
}

/** Whether a principal of a policy stands for somebody: an account stands for all its roles. */
function meant(principal: Statement['Principal'], somebody: string): boolean {
  if (principal === undefined || principal === '*') return principal === '*';
  const account = somebody.split(':')[4]!;
  return (principal.AWS ?? []).some((one) => ['*', account, `arn:aws:iam::${account}:root`, somebody].includes(one));
}

function holds(operator: string, key: string, values: readonly string[], use: Use): Applies {
  const given = valuesOf(key, use);
  return given && conditionHolds(operator, values, given);
}

/** Values of a condition key for a use; none when it is absent, nothing when the key is not known here. */
function valuesOf(key: string, { principal, context }: Use): readonly string[] | undefined {
  if (key === 'aws:PrincipalArn') return [principal];
  if (key === 'aws:PrincipalAccount' || key === 'kms:CallerAccount') return [principal.split(':')[4]!];
  if (key === 'aws:PrincipalIsAWSService' || key === 'kms:GrantIsForAWSResource') return ['false'];
  if (key === 'kms:ViaService') return [];
  if (key === 'kms:EncryptionContextKeys') return Object.keys(context);
  const [, name] = /^kms:EncryptionContext:(.+)$/.exec(key) ?? [];
  if (name === undefined) return undefined;
  return context[name] === undefined ? [] : [context[name]];
}
