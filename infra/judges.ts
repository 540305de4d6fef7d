import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const RULES = join(import.meta.dirname, '../node_modules/@cdklabs/cdk-validator-cfnguard/rules/**/*.guard');
/** Control Tower's rules about types of resources that the templates have; to run all others takes most of the time. */
const guard: IPolicyValidationPlugin = {
  name: 'Control Tower',
  validate: (context) => {
    const templates = context.templatePaths.map((file) => readFileSync(file, 'utf8')).join();
    const isAbout = (rule: string) =>
      [...readFileSync(rule, 'utf8').matchAll(/AWS::\w+::\w+/g)].some(([type]) => templates.includes(`"${type}"`));
    const rules = globSync(RULES).filter(isAbout);
    return new CfnGuardValidator({ controlTowerRulesEnabled: false, rules, maxBuffer: 2 ** 26 }).validate(context);
  },
};

/** Two packs of cdk-nag and the rules of Control Tower. None of them needs a network. */
export const allJudges = (): IPolicyValidationPlugin[] => [new AwsSolutionsChecks(), new ServerlessChecks(), guard];

/** The judges, silent about what the table acknowledges: a synthesis with another finding fails. */
export const judges = (): IPolicyValidationPlugin[] =>
  allJudges().map((judge) => ({
    name: judge.name,
    validate: (context) => {
      const violations = unacknowledged(judge.validate(context).violations);
      return { success: violations.length === 0, violations };
    },
  }));
