import { answerOf } from './key-policy.ts';

/** What the functions do with a key. */
export type KeyUse = 'kms:Decrypt' | 'kms:Sign' | 'kms:GenerateMac';

interface KeyFault {
  /** False: it works, but lets more in than it should. */
  readonly isFatal: boolean;
  readonly what: string;
}

const SEALED = { requestId: 'smoke', purpose: 'login' };
const FOREIGN_ROLE = 'arn:aws:iam::999999999999:role/stranger';

/** Whether a key lets the functions do their work, and nobody else. @param role ARN of the role of a function of the stage */
export function keyFaults(policy: string, role: string, action: KeyUse): readonly KeyFault[] {
  const context = action === 'kms:Decrypt' ? SEALED : {};
  const answer = (principal: string, given: Readonly<Record<string, string>> = context) =>
    answerOf(policy, { principal, action, context: given });
  const other = `arn:aws:iam::${role.split(':')[4]}:role/stranger`;
  const asked: readonly (readonly [answer: string, wanted: string, isFatal: boolean, what: string])[] = [
    [answer(role), 'allowed', true, 'It does not let the functions of the stage use it'],
    [answer(FOREIGN_ROLE), 'refused', true, 'It lets other accounts use it'],
    [answer(other), 'refused', false, 'It lets roles of the account use it that are no functions of the stage'],
    ...(action === 'kms:Decrypt'
      ? [[answer(role, {}), 'refused', true, 'It opens values without requestId and purpose'] as const]
      : []),
  ];
  if (asked.some(([said]) => said === 'unknown'))
    return [{ isFatal: false, what: 'Its policy holds conditions that this check does not know: read it yourself' }];
  return asked.flatMap(([said, wanted, isFatal, what]) => (said === wanted ? [] : [{ isFatal, what }]));
}
