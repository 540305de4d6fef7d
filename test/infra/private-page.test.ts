import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { PAGE_HEADERS } from '../../console/headers.ts';
import { buildConsole } from '../../local/build-console.ts';
import { PrivatePage } from '../support/private-page.ts';
import { example, templatesOf } from './synthesize.ts';

const CONFIG = example('private');
const page = await buildConsole();
const deployment = templatesOf({ console: { ...CONFIG.console, page } }, CONFIG);
const { service, pageFiles } = deployment;
const keys = [...pageFiles.keys()];
const browser = new PrivatePage(deployment);
const HEADERS = {
  ...PAGE_HEADERS,
  'x-frame-options': 'DENY',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
};

describe('the page of a private API (R33)', () => {
  it('is in a bucket that one role of API Gateway can read, and nobody else', () => {
    const buckets = Object.entries(service.findResources('AWS::S3::Bucket'));
    expect(buckets).toHaveLength(1);
    const [[bucket, { Properties }]] = buckets as [[string, { Properties: object }]];
    expect(Properties).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true, BlockPublicAcls: true },
    });
    const files = { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/*']] };
    const [[role, reader]] = Object.entries(service.findResources('AWS::IAM::Role')).filter(([id]) =>
      id.startsWith('ConsolePageReader'),
    ) as [[string, { Properties: object }]];
    expect(reader.Properties).toMatchObject({
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'apigateway.amazonaws.com' } }] },
    });
    expect(reader.Properties).not.toHaveProperty('ManagedPolicyArns');
    const policies = Object.values(service.findResources('AWS::IAM::Policy')).filter(
      ({ Properties: { Roles } }) => JSON.stringify(Roles) === JSON.stringify([{ Ref: role }]),
    );
    expect(policies.map(({ Properties: { PolicyDocument } }) => PolicyDocument.Statement)).toEqual([
      [{ Action: 's3:GetObject', Effect: 'Allow', Resource: files }],
    ]);
    service.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: bucket },
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: 's3:GetObject',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Resource: files,
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': [role, 'Arn'] } } },
          },
        ]),
      },
    });
  });

  it('is at the address of the API, with the provider of the file, and nothing else of it', () => {
    const { ConsoleUrl, ApiUrl } = service.findOutputs('*') as Record<string, { Value: object }>;
    expect(ConsoleUrl!.Value).toEqual(ApiUrl!.Value);
    expect(JSON.stringify(ConsoleUrl!.Value)).toContain('.amazonaws.com/gdpr"');
    const { issuer, clientId, scope } = CONFIG.identityProvider!;
    expect(JSON.parse(String(browser.get('/config.json')!.body))).toEqual({
      issuer,
      clientId,
      scope,
      company: CONFIG.console!.company,
    });
  });

  it.each(['', '/'])(
    'is there with and without the last slash ("/gdpr%s"), and leads to its files from both',
    (path) => {
      const { status, headers, body } = browser.get(path)!;
      expect([status, headers['content-type']]).toEqual([200, 'text/html']);
      const links = [...String(body).matchAll(/ (?:href|src)="(?!data:)([^"]*)"/g)].map(([, link]) => link!);
      expect(links).toHaveLength(2);
      for (const link of links) {
        const { pathname } = new URL(link, `https://api.example/gdpr${path}`);
        expect(pathname).toMatch(/^\/gdpr\//); // what is beside `gdpr` is not the stage's
        expect(browser.get(pathname.slice('/gdpr'.length))!.status).toBe(200);
      }
    },
  );

  it('has each of its files, with its type, asked for anew each time', () => {
    expect(keys).toEqual(expect.arrayContaining(['index.html', 'config.json', 'texts/en.json']));
    for (const key of keys) {
      const { status, headers, body } = browser.get(`/${key}`)!;
      expect([key, status, headers['cache-control']]).toEqual([key, 200, 'no-cache']);
      expect(headers['content-type']).toBeDefined();
      expect(body).toBe(pageFiles.get(key));
      const again = browser.get(`/${key}`, { 'if-none-match': headers.etag })!;
      expect([again.status, again.headers.etag, again.body.length]).toEqual([304, headers.etag, 0]);
    }
  });

  it('sends the headers of the page with every answer, faults included', () => {
    const broken = new PrivatePage(deployment, () => ({ status: 503, headers: {}, body: Buffer.from('<SlowDown/>') }));
    const { etag } = browser.get('/')!.headers;
    const answers = [browser.get('/'), browser.get('/', { 'if-none-match': etag }), browser.get('/x'), broken.get('/')];
    expect(answers.map((answer) => answer!.status)).toEqual([200, 304, 404, 502]);
    for (const answer of answers) expect(answer!.headers).toMatchObject(HEADERS);
    expect(String(answers[3]!.body)).toBe('{"message":"Bad Gateway"}');
  });

  it('sends them with what API Gateway itself answers: unknown paths, HEAD, too many calls, faults', () => {
    const given = Object.entries(service.findResources('AWS::ApiGateway::GatewayResponse'));
    const sent = Object.entries({ ...HEADERS, 'cache-control': 'no-store' }).map(([name, value]) => [
      `gatewayresponse.header.${name}`,
      `'${value}'`,
    ]);
    const answers = given.map(([, { Properties }]) => ({ ...Properties, RestApiId: Properties.RestApiId.Ref }));
    const [[api]] = Object.entries(service.findResources('AWS::ApiGateway::RestApi')) as unknown as [[string]];
    expect(api).toMatch(/^PrivateApi/);
    expect(answers).toEqual(
      ['DEFAULT_4XX', 'DEFAULT_5XX'].map((ResponseType) => ({
        RestApiId: api,
        ResponseType,
        ResponseParameters: Object.fromEntries(sent),
      })),
    );
    const [deployed] = Object.entries(service.findResources('AWS::ApiGateway::Deployment')).filter(([id]) =>
      id.startsWith('PrivateApi'),
    );
    expect(deployed![1].DependsOn).toEqual(expect.arrayContaining(given.map(([id]) => id))); // else no stage has them
  });

  it.each([
    '/none.js',
    '/texts/none.json',
    '/..%2F..%2Fsecret',
    '/texts/..%2F..%2Fother-bucket%2Fkey',
    '/texts/%2e%2e',
    '/%2e%2e',
    '/index.html%00',
  ])('says of %s that it is not there, in its own words, whatever a browser accepts', (path) => {
    for (const accept of ['*/*', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8']) {
      const answer = browser.get(path, { accept });
      expect([answer!.status, answer!.headers['content-type']]).toEqual([404, 'application/json']);
      expect(String(answer!.body)).toBe('{"message":"Not Found"}');
    }
  });

  it('leaves the routes of the API alone, and has no place two levels down', () => {
    for (const path of [
      '/health',
      '/openapi.json',
      '/v1',
      '/v1/requests',
      '/v1/index.html',
      '/texts',
      '/texts/en.json/x',
    ])
      expect([path, browser.get(path)]).toEqual([path, undefined]);
  });
});
