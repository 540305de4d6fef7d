import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { ACKNOWLEDGED, allJudges, unacknowledged } from '../../infra/judges.ts';
import { example, synthesize } from './synthesize.ts';

const folders: string[] = [];
/** What the judges find in the templates of an example. */
function findingsOf(name: 'public' | 'company' | 'private') {
  const { app, gdpr, folder } = synthesize({}, example(name));
  folders.push(folder);
  const stackTemplates = [gdpr.data, gdpr.service].map(({ node, templateFile }) => ({
    stackConstructPath: node.path,
    templatePath: join(folder, 'cdk.out', templateFile),
    accountId: undefined,
    region: undefined,
  }));
  const templatePaths = stackTemplates.map(({ templatePath }) => templatePath);
  return {
    gdpr,
    judge: (judges = allJudges()) =>
      judges.flatMap((each) => each.validate({ appConstruct: app, templatePaths, stackTemplates }).violations),
  };
}

describe('cdk-nag and the rules of Control Tower (R25)', () => {
  const open = findingsOf('public');
  const hidden = findingsOf('private');
  // The rules of Control Tower take ten seconds: for the third file they are left to `npm run synth`.
  const ofCompany = findingsOf('company').judge(allJudges().slice(0, 2));
  const all = [...open.judge(), ...hidden.judge(), ...ofCompany];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('find nothing that the table does not acknowledge', () => {
    expect(all.length).toBeGreaterThan(50);
    expect(unacknowledged(all)).toEqual([]);
  });

  it('find each line of the table, which has a reason', () => {
    const needless = ACKNOWLEDGED.filter(
      ({ rule, place }) =>
        !all.some(
          ({ ruleName, violatingResources }) =>
            rule.test(ruleName) &&
            violatingResources.some((at) => place.test(at.constructPath ?? at.resourceLogicalId ?? '')),
        ),
    );
    expect(needless).toEqual([]);
  });

  if (process.env.GDPR_TEST_DEEP === '1')
    it('find as much as with the rules about resources that there are none of', () => {
      const [, , guard] = allJudges();
      const unfiltered = new CfnGuardValidator({ maxBuffer: 2 ** 26 });
      const textsOf = (found: object[]) => found.map((each) => JSON.stringify(each)).sort();
      for (const { judge } of [open, hidden]) expect(textsOf(judge([guard!]))).toEqual(textsOf(judge([unfiltered])));
    });

  it('would find a bucket that takes plain HTTP', () => {
    new Bucket(open.gdpr.service, 'Careless');
    expect(unacknowledged(open.judge(allJudges().slice(0, 1))).map(({ ruleName }) => ruleName)).toContain(
      'AwsSolutions-S10',
    );
  });
});
