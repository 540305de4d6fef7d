import { globSync, readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SCHEDULES } from '../../functions/registry.ts';
import { templatesOf } from './synthesize.ts';

/** Rows of the table under "Alarms". */
const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split(/^## Alarms$/m);
const runbook = [...section.split(/^## /m)[0]!.matchAll(/^\| `([\w-]+)` \| (.+) \| (.+) \|$/gm)].map(
  ([, name]) => name!,
);

describe('alarms (R17, R25)', () => {
  const { service } = templatesOf();
  const alarms = Object.values(service.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

  it('each have one row in docs/operations.md, and no row is about another', () => {
    expect(alarms.map(({ AlarmName }) => (AlarmName as string).replace('test-', '')).sort()).toEqual(
      [...runbook].sort(),
    );
  });

  it('reach the topic, and their text names the row', () => {
    for (const { AlarmName, AlarmActions, AlarmDescription } of alarms) {
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AlarmsTopic/) }]);
      expect(AlarmDescription).toContain(`docs/operations.md, "Alarms", ${AlarmName.replace('test-', '')}`);
    }
    // The policy that a topic has by itself, which lets alarms in, is gone once it has another one.
    service.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
    service.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'operations@corp.example' });
  });

  it("use the company's topic, when the file names one", () => {
    const topicArn = 'arn:aws:sns:eu-central-1:000000000000:operations';
    const { service: other } = templatesOf({ alarms: { topicArn } });
    for (const type of ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy']) other.resourceCountIs(type, 0);
    other.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn] });
  });

  it('count the executions, functions and calls that fail, ten metrics at most each', () => {
    const math = alarms.filter(({ Metrics }) => Metrics);
    for (const { Metrics } of math) expect(Metrics.length).toBeLessThanOrEqual(11);
    const watched = (name: string) => JSON.stringify(math.find(({ AlarmName }) => AlarmName === `test-${name}`));
    for (const [name, metric, places] of [
      ['executions-failed', 'ExecutionsFailed', 3],
      ['executions-timed-out', 'ExecutionsTimedOut', 3],
      ['task-errors', 'Errors', 10],
      ['route-throttles', 'Throttles', 9],
      ['api-5xx', '5xx', 1],
    ] as const)
      expect(watched(name).match(new RegExp(`"MetricName":"${metric}"`, 'g'))).toHaveLength(places);
  });

  it('watch what is left over of calls that nobody waits for', () => {
    const [close] = Object.values(service.findResources('AWS::Events::Rule'));
    expect(close!.Properties.Targets[0].DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/^DeadLetters/);
    service.resourcePropertiesCountIs(
      'AWS::Scheduler::Schedule',
      { Target: { DeadLetterConfig: Match.anyValue() } },
      Object.keys(SCHEDULES).length,
    );
    service.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  });

  it('read from the log how long a request has been without news', () => {
    service.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ $.event = "swept" }',
      MetricTransformations: [Match.objectLike({ MetricValue: '$.milliseconds' })],
    });
  });

  it('read from the log words that the code says', () => {
    const filters = Object.values(service.findResources('AWS::Logs::MetricFilter'));
    const events = filters.map(({ Properties }) => /\$\.event = "(.+)"/.exec(Properties.FilterPattern)![1]!);
    const files = globSync('modules/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const isSaid = (event: string) => files.some((text) => text.includes('log.') && text.includes(`'${event}'`));
    const unsaid = [...new Set(events)].filter((event) => !isSaid(event));
    expect(unsaid.sort()).toEqual(['deadline due', 'deadline overdue']); // put together: sweep.test.ts
  });

  it('are shown on a dashboard', () => {
    service.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'test' });
  });
});
