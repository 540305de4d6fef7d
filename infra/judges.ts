import { readFileSync } from 'node:fs';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import type { IPolicyValidationPlugin, PolicyViolation } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { parse } from 'yaml';
import * as z from 'zod';

const pattern = z.string().transform((text) => new RegExp(text));
const Acknowledged = z.array(z.strictObject({ rule: pattern, place: pattern.default(/^/), why: z.string().min(20) }));
/** Findings that stay, each with the reason why: `acknowledged.yaml`. */
export const ACKNOWLEDGED = Acknowledged.parse(
  parse(readFileSync(new URL('acknowledged.yaml', import.meta.url), 'utf8')),
);

/** What a judge finds and no line of the table acknowledges. */
export function unacknowledged(violations: readonly PolicyViolation[]): PolicyViolation[] {
  const left = ({ ruleName, violatingResources }: PolicyViolation) =>
    violatingResources.filter(({ constructPath, resourceLogicalId = '' }) =>
      ACKNOWLEDGED.every(({ rule, place }) => !(rule.test(ruleName) && place.test(constructPath ?? resourceLogicalId))),
    );
  return violations
    .map((violation) => ({ ...violation, violatingResources: left(violation) }))
    .filter(({ violatingResources }) => violatingResources.length > 0);
}

/** Two packs of cdk-nag and the rules of Control Tower. None of them needs a network. */
export const allJudges = (): IPolicyValidationPlugin[] => [
  new AwsSolutionsChecks(),
  new ServerlessChecks(),
  new CfnGuardValidator({ maxBuffer: 64 * 1024 * 1024 }),
];

/** The judges, silent about what the table acknowledges: a synthesis with another finding fails. */
export const judges = (): IPolicyValidationPlugin[] =>
  allJudges().map((judge) => ({
    name: judge.name,
    validate: (context) => {
      const violations = unacknowledged(judge.validate(context).violations);
      return { success: violations.length === 0, violations };
    },
  }));
