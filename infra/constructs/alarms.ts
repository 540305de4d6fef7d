import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

const PERIOD = Duration.minutes(5);
const { AlarmWidget, GraphWidget } = cloudwatch;
const { NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData;

/** Unless it says otherwise, an alarm goes off at 1 in one period, and a metric without values is no fault. */
type Condition = Pick<cloudwatch.AlarmProps, 'metric'> & Partial<cloudwatch.AlarmProps>;

/** A field of log lines, and the value at which an alarm of this name goes off. */
type LoggedNumber = Readonly<Record<'name' | 'what' | 'field', string>> & { readonly threshold: number };

interface Watched {
  readonly machines: readonly IStateMachine[];
  readonly tasks: readonly IFunction[];
  readonly routes: readonly IFunction[];
  readonly apis: readonly { readonly metricServerError: () => cloudwatch.IMetric }[];
  readonly deadLetters: IQueue;
}

/** Alarms of a stage. Each has a row under "Alarms" of docs/operations.md, by its name without the stage. */
export class Alarms extends Construct {
  readonly topic: ITopic;
  readonly #stage: string;
  readonly #alarms: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, { stage, alarms: { topicArn, email } }: Config) {
    super(scope, 'Alarms');
    this.#stage = stage;
    this.topic = topicArn
      ? Topic.fromTopicArn(this, 'Topic', topicArn)
      : new Topic(this, 'Topic', { displayName: `Alarms of ${stage}`, enforceSSL: true });
    // `enforceSSL` takes away what every new topic allows; a topic of the company's keeps its policy.
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }));
    if (email) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** @param name its row in docs/operations.md */
  add(name: string, what: string, condition: Condition): void {
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `${this.#stage}-${name}`,
      alarmDescription: `nexthink-gdpr: ${what}. What to do: docs/operations.md, "Alarms", ${name}`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: NOT_BREACHING,
      ...condition,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.#alarms.push(alarm);
  }

  /** Three runs of a schedule in a row without success. */
  schedule(id: string, fn: IFunction, everyMinutes: number): void {
    const metric = fn.metricErrors({ period: Duration.minutes(everyMinutes) });
    const name = id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const inEach = { metric, evaluationPeriods: 3, treatMissingData: BREACHING };
    this.add(`schedule-${name}`, `the schedule ${id} fails or does not run`, inEach);
  }

  /** What a person must look at: `event` of the log lines of some functions, or the largest `number` that they say. */
  log(event: string, fns: readonly LambdaFunction[], number?: LoggedNumber): void {
    const metricName = number?.name ?? event.replaceAll(' ', '-');
    const [metricNamespace, scope] = [this.#stage, new Construct(this, `Log-${metricName}`)];
    const filterPattern = FilterPattern.stringValue('$.event', '=', event);
    const metricValue = number ? `$.${number.field}` : '1';
    for (const [at, { logGroup }] of fns.entries())
      new MetricFilter(scope, `Filter${at}`, { logGroup, metricNamespace, metricName, filterPattern, metricValue });
    const statistic = number ? 'max' : 'sum';
    const metric = new cloudwatch.Metric({ namespace: metricNamespace, metricName, statistic, period: PERIOD });
    this.add(metricName, number?.what ?? `the log says "${event}"`, { metric, threshold: number?.threshold ?? 1 });
  }

  /** Executions, functions, APIs and the queue of dead letters. */
  watch({ machines, tasks, routes, apis, deadLetters }: Watched): void {
    const of = (name: 'Failed' | 'TimedOut' | 'Throttled') => sum(machines.map((each) => each[`metric${name}`]()));
    const errors = (fns: readonly IFunction[]) => sum(fns.map((fn) => fn.metricErrors()));
    const throttles = (fns: readonly IFunction[]) => sum(fns.map((fn) => fn.metricThrottles()));
    const left = deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'max' });
    const figures: readonly (readonly [name: string, what: string, condition: Condition])[] = [
      ['executions-failed', 'an execution failed', { metric: of('Failed') }],
      ['executions-timed-out', 'an execution ran out of time', { metric: of('TimedOut') }],
      ['executions-throttled', 'executions are throttled', { metric: of('Throttled'), evaluationPeriods: 3 }],
      ['task-errors', 'a task of an execution fails', { metric: errors(tasks), threshold: 3, evaluationPeriods: 3 }],
      ['task-throttles', 'tasks are throttled', { metric: throttles(tasks), evaluationPeriods: 3 }],
      ['route-errors', 'a function of the API fails', { metric: errors(routes) }],
      ['route-throttles', 'functions of the API are throttled', { metric: throttles(routes), evaluationPeriods: 3 }],
      ['api-5xx', 'the API answers 5xx', { metric: sum(apis.map((api) => api.metricServerError())), threshold: 5 }],
      ['dead-letters', 'an event of an execution was not taken', { metric: left }],
    ];
    for (const figure of figures) this.add(...figure);
    const graphs = figures.map(([title, , { metric }]) => new GraphWidget({ title, left: [metric], width: 8 }));
    const alarms = this.#alarms.map((alarm) => new AlarmWidget({ alarm, title: alarm.node.id, width: 6, height: 4 }));
    new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: this.#stage, widgets: [graphs, alarms] });
  }
}

/** The sum of some metrics; 10 at most, which is what an alarm takes. */
function sum(metrics: readonly cloudwatch.IMetric[]): cloudwatch.IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric]));
  return new cloudwatch.MathExpression({ expression: 'SUM(METRICS())', usingMetrics, period: PERIOD });
}
