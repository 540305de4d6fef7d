import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

const PERIOD = Duration.minutes(5);
const { NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData;

interface Condition {
  readonly metric: cloudwatch.IMetric;
  /** The alarm goes off at this value; 1 unless said otherwise. */
  readonly threshold?: number;
  /** Periods in a row; 1 unless said otherwise. */
  readonly periods?: number;
  /** Whether a metric without values is a fault. */
  readonly silence?: cloudwatch.TreatMissingData;
}

/** What is watched, once it exists. */
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
    if (email) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** @param name its row in docs/operations.md */
  add(name: string, what: string, { metric, threshold = 1, periods = 1, silence = NOT_BREACHING }: Condition): void {
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `${this.#stage}-${name}`,
      alarmDescription: `nexthink-gdpr: ${what}. What to do: docs/operations.md, "Alarms", ${name}`,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      metric,
      threshold,
      evaluationPeriods: periods,
      treatMissingData: silence,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.#alarms.push(alarm);
  }

  /** Three runs of a schedule in a row without success. */
  schedule(id: string, fn: IFunction, everyMinutes: number): void {
    const metric = fn.metricErrors({ period: Duration.minutes(everyMinutes) });
    const name = id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    this.add(`schedule-${name}`, `the schedule ${id} fails or does not run`, {
      metric,
      periods: 3,
      silence: BREACHING,
    });
  }

  /** What a person must look at: `event` of the log lines of some functions. */
  log(event: string, fns: readonly LambdaFunction[]): void {
    const name = event.replaceAll(' ', '-');
    const metric = this.#logged(name, event, fns);
    this.add(name, `the log says "${event}"`, { metric });
  }

  /** The largest number that log lines say. @param field of the lines */
  logged(name: string, what: string, event: string, field: string, fn: LambdaFunction, threshold: number): void {
    const metric = this.#logged(name, event, [fn], `$.${field}`).with({ statistic: 'max' });
    this.add(name, what, { metric, threshold });
  }

  #logged(metricName: string, event: string, fns: readonly LambdaFunction[], metricValue = '1'): cloudwatch.Metric {
    const [metricNamespace, scope] = [this.#stage, new Construct(this, `Log-${metricName}`)];
    const filterPattern = FilterPattern.stringValue('$.event', '=', event);
    for (const [at, { logGroup }] of fns.entries())
      new MetricFilter(scope, `Filter${at}`, { logGroup, metricNamespace, metricName, filterPattern, metricValue });
    return new cloudwatch.Metric({ namespace: metricNamespace, metricName, statistic: 'sum', period: PERIOD });
  }

  /** Executions, functions, APIs and the queue of dead letters. */
  watch({ machines, tasks, routes, apis, deadLetters }: Watched): void {
    const of = (name: 'Failed' | 'TimedOut' | 'Throttled') => sum(machines.map((each) => each[`metric${name}`]()));
    const errors = (fns: readonly IFunction[]) => sum(fns.map((fn) => fn.metricErrors()));
    const throttles = (fns: readonly IFunction[]) => sum(fns.map((fn) => fn.metricThrottles()));
    const figures: readonly (readonly [name: string, what: string, condition: Condition])[] = [
      ['executions-failed', 'an execution failed', { metric: of('Failed') }],
      ['executions-timed-out', 'an execution ran out of time', { metric: of('TimedOut') }],
      ['executions-throttled', 'executions are throttled', { metric: of('Throttled'), periods: 3 }],
      ['task-errors', 'a task of an execution fails', { metric: errors(tasks), threshold: 3, periods: 3 }],
      ['task-throttles', 'tasks are throttled', { metric: throttles(tasks), periods: 3 }],
      ['route-errors', 'a function of the API fails', { metric: errors(routes) }],
      ['route-throttles', 'functions of the API are throttled', { metric: throttles(routes), periods: 3 }],
      ['api-5xx', 'the API answers 5xx', { metric: sum(apis.map((api) => api.metricServerError())), threshold: 5 }],
      [
        'dead-letters',
        'an event of an execution was not taken',
        { metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'max' }) },
      ],
    ];
    for (const figure of figures) this.add(...figure);
    const graphs = figures.map(
      ([title, , { metric }]) => new cloudwatch.GraphWidget({ title, left: [metric], width: 8 }),
    );
    const alarms = this.#alarms.map(
      (alarm) => new cloudwatch.AlarmWidget({ alarm, title: alarm.node.id, width: 6, height: 4 }),
    );
    new cloudwatch.Dashboard(this, 'Dashboard', { dashboardName: this.#stage, widgets: [graphs, alarms] });
  }
}

/** The sum of some metrics; 10 at most, which is what an alarm takes. */
function sum(metrics: readonly cloudwatch.IMetric[]): cloudwatch.IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric]));
  return new cloudwatch.MathExpression({ expression: 'SUM(METRICS())', usingMetrics, period: PERIOD });
}
