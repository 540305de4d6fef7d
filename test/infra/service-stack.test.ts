import { readdirSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { AUTHORIZER, ROUTE_SCOPES, ROUTES, SCHEDULES, TASKS } from '../../functions/registry.ts';
import { Event } from '../../functions/tasks/close-request.ts';
import { Environment } from '../../functions/wiring/environment.ts';
import { FUNCTIONS, SMALLEST, templatesOf } from './synthesize.ts';

describe('ServiceStack (R25)', () => {
  const { service } = templatesOf();

  it('has every function once, on Node 24 and arm64, with a log group of limited life', () => {
    service.resourceCountIs('AWS::Lambda::Function', FUNCTIONS.length);
    service.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it.each(Object.values(TASKS))('gives $name its memory and timeout', ({ memoryMb, timeoutSeconds }) => {
    service.hasResourceProperties('AWS::Lambda::Function', { MemorySize: memoryMb, Timeout: timeoutSeconds });
  });

  it('runs the sweeper every 5 minutes, and raises an alarm when that fails three times or does not happen (decision 25)', () => {
    service.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Input: '{}', RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: Match.anyValue() },
    });
    service.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Errors',
      EvaluationPeriods: 3,
      Period: 300,
      TreatMissingData: 'breaching',
    });
  });

  it('delivers the outbox every minute, and raises an alarm for each notice that is given up (R20)', () => {
    service.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)' });
    service.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '{ $.event = "notice given up" }',
      MetricTransformations: [Match.objectLike({ MetricName: 'notice-given-up' })],
    });
    service.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'notice-given-up', Threshold: 1 });
  });

  it.each(['ticket given up', 'name came back', 'follow-up failed', 'sentinel scan cut short', 'sentinel scan failed'])(
    'raises an alarm when a log says "%s" (R17, R20)',
    (event) => {
      const MetricName = event.replaceAll(' ', '-');
      service.hasResourceProperties('AWS::Logs::MetricFilter', {
        FilterPattern: `{ $.event = "${event}" }`,
        MetricTransformations: [Match.objectLike({ MetricName })],
      });
      service.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Threshold: 1, EvaluationPeriods: 1 });
    },
  );

  it('repeats no call of a schedule that failed: a wrong password would be sent three times', () => {
    const configs = Object.values(service.findResources('AWS::Lambda::EventInvokeConfig'));
    const [closing, ...schedules] = configs
      .map(({ Properties }) => Properties)
      .sort((a) => (a.DestinationConfig ? -1 : 1));
    expect(schedules.map(({ MaximumRetryAttempts }) => MaximumRetryAttempts)).toEqual(
      Object.keys(SCHEDULES).map(() => 0),
    );
    expect(closing).toMatchObject({ DestinationConfig: { OnFailure: { Destination: expect.anything() } } });
  });

  it('raises one alarm when the service account is refused, whichever schedule meets it first', () => {
    const MetricName = 'service-account-refused';
    const filters = service.findResources('AWS::Logs::MetricFilter', {
      Properties: { MetricTransformations: [Match.objectLike({ MetricName })] },
    });
    const groups = Object.values(filters).map(({ Properties }) => Properties.LogGroupName.Ref as string);
    expect(groups.map((id) => id.replace(/Log.*/, '')).sort()).toEqual([
      'checkremovals',
      'processtickets',
      'rerunmissing',
      'scansentinel',
    ]);
    service.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName }, 1);
  });

  it('sets each variable of functions/wiring/environment.ts for each function, but for those whose default is meant for AWS', () => {
    const DEFAULTS = ['JWT_ISSUER_TRUST', 'DATA_FOLDER', 'LINK_SECONDS', 'ENGINE_TIMEOUT_SECONDS', 'DEFLATE_LEVEL'];
    const needed = Object.keys(Environment.shape).filter(
      (name) => !(DEFAULTS.includes(name) || name.startsWith('AWS_')), // those Lambda sets itself
    );
    for (const [id, { Properties }] of Object.entries(service.findResources('AWS::Lambda::Function'))) {
      const { NODE_OPTIONS: _, ...set } = Properties.Environment.Variables as Record<string, unknown>;
      expect([id, Object.keys(set).sort()]).toEqual([id, needed.toSorted()]);
    }
  });

  it('calls each file of functions/schedules by a schedule of its own, as often as the registry says', () => {
    const functions = Object.entries(service.findResources('AWS::Lambda::Function'));
    const made = Object.values(service.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => {
      const called = JSON.stringify(Properties.Target.Arn);
      const [id] = functions.find(([each]) => called.includes(each))!;
      const { name } = Object.values(SCHEDULES).find((one) =>
        id.startsWith(`${one.name.replaceAll('-', '')}Function`),
      )!;
      const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(Properties.ScheduleExpression)!;
      return [name, Number(count) * (unit === 'hour' ? 60 : 1)];
    });
    expect(made.sort()).toEqual(
      Object.values(SCHEDULES)
        .map(({ name, everyMinutes }) => [name, everyMinutes])
        .sort(),
    );
    const files = readdirSync('functions/schedules').map((file) => file.replace('.ts', ''));
    expect(files.sort()).toEqual(made.map(([name]) => name));
  });

  it('has a route or a task for each other file of functions/', () => {
    const files = (folder: string) => readdirSync(`functions/${folder}`).map((file) => file.replace('.ts', ''));
    const routes = [...new Set(Object.values(ROUTES).map(({ name }) => name as string)), AUTHORIZER.name];
    expect(files('api')).toEqual(routes.sort());
    expect(files('tasks')).toEqual(
      Object.values(TASKS)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('starts Node with the options that a function asks for', () => {
    const { name, nodeOptions } = TASKS.QueryEngineArn;
    const variables = Object.values(service.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment.Variables as Record<string, string>,
    );

    expect(variables.filter(({ NODE_OPTIONS }) => NODE_OPTIONS === nodeOptions)).toHaveLength(1);
    expect(name).toBe('query-engine');
  });

  it('answers every route, and only with a token but for those that are open (R19)', () => {
    const routes = Object.values(service.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);

    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(Object.keys(ROUTES).sort());
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType === 'NONE');
    expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'GET /health',
      'GET /openapi.json',
      'POST /v1/webhooks/{connectionId}', // signed
    ]);
    expect(routes.filter(({ AuthorizationType }) => AuthorizationType === 'JWT')).toHaveLength(routes.length - 3);
    service.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: Match.anyValue(), ThrottlingBurstLimit: Match.anyValue() },
    });
  });

  it('tells the API document who issues the tokens (R19, R33)', () => {
    service.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { JWT_ISSUER: 'https://login.corp.example' } },
    });
  });

  it('takes bursts of webhooks, whose throttle is set once their route is there (R20)', () => {
    const [stage] = Object.values(service.findResources('AWS::ApiGatewayV2::Stage'));
    const key = 'POST /v1/webhooks/{connectionId}';
    expect(stage!.Properties.RouteSettings).toEqual({
      [key]: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 1000 },
    });
    const routes = Object.entries(service.findResources('AWS::ApiGatewayV2::Route'));
    const [route] = routes.find(([, { Properties }]) => Properties.RouteKey === key)!;
    expect(stage!.DependsOn).toContain(route);
  });

  it('asks API Gateway for the scopes of each route', () => {
    const routes = Object.values(service.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);

    expect(
      Object.fromEntries(routes.map(({ RouteKey, AuthorizationScopes = [] }) => [RouteKey, AuthorizationScopes])),
    ).toEqual(ROUTE_SCOPES);
  });

  it('gives machines an API of their own, signed with IAM, and leaves scopes of another claim to the functions', () => {
    const machines = { 'arn:aws:iam::123456789012:role/intranet': ['gdpr.read'] };
    const identityProvider = { ...SMALLEST.identityProvider, scopeClaim: 'roles' };
    const other = templatesOf({ api: { machines }, identityProvider });

    const routes = Object.values(other.service.findResources('AWS::ApiGatewayV2::Route'));
    const kinds = routes.map(({ Properties }) => Properties.AuthorizationType as string);
    expect(kinds.filter((kind) => kind === 'AWS_IAM')).toHaveLength(Object.keys(ROUTES).length - 3);
    expect(kinds.filter((kind) => kind === 'JWT')).toHaveLength(Object.keys(ROUTES).length - 3);
    expect(routes.filter(({ Properties }) => Properties.AuthorizationScopes)).toEqual([]);
    other.service.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SCOPE_CLAIM: 'roles', MACHINE_SCOPES: JSON.stringify(machines) } },
    });
    service.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  });

  it('lets no foreign origin in unless configured', () => {
    service.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
  });

  it('runs all ASL files as Standard workflows that log no data (R22, R24)', () => {
    service.resourceCountIs('AWS::StepFunctions::StateMachine', 3);
    service.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { IncludeExecutionData: false },
    });
    service.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      DefinitionSubstitutions: { QueryEngineArn: Match.anyValue(), AnonymizePortalArn: Match.absent() },
    });
  });

  it('gives close-request the event that it gets on one machine, made of the event of Step Functions (decision 25)', () => {
    const [rule] = Object.values(service.findResources('AWS::Events::Rule'));
    const { InputPathsMap, InputTemplate } = rule!.Properties.Targets[0].InputTransformer;
    const requestId = crypto.randomUUID();
    const detail = {
      name: `${requestId}-r2`,
      status: 'FAILED',
      executionArn: 'arn:x',
      stateMachineArn: 'arn:y',
      input: 'secret',
    };
    const sent = { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail };
    const at = (path: string): unknown =>
      path
        .slice(2)
        .split('.')
        .reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], sent);
    const given = (InputTemplate as string).replaceAll(/<([\w-]+)>/g, (_, name) =>
      JSON.stringify(at(InputPathsMap[name])),
    );
    const { stateMachineArn: _, input: _input, ...told } = detail;
    expect(JSON.parse(given)).toEqual({ ...sent, detail: told });
    expect(Event.parse(JSON.parse(given))).toEqual({ requestId, attempt: 2, error: 'Execution.FAILED' });
  });

  it('closes a Request whose execution was stopped, ran out of time or failed (decision 25)', () => {
    service.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputTemplate: Match.stringLikeRegexp('^\\{"source":<.*"name":<.*"status":<.*"executionArn":<'),
          },
        }),
      ],
    });
  });
});
