import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { PAGE_HEADERS } from '../../console/headers.ts';
import { example, SMALLEST, templatesOf } from './synthesize.ts';

/** What the helper writes beside the page as `config.json`, markers of values that a deploy knows included. */
const wordsOf = (service: ReturnType<typeof templatesOf>['service']) =>
  JSON.stringify(service.findResources('Custom::CDKBucketDeployment'));

describe('the console behind CloudFront (R33)', () => {
  const company = templatesOf({}, example('company'));

  it('sends the headers that the page has on one machine, and HTTPS for a year', () => {
    company.service.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: PAGE_HEADERS['content-security-policy'], Override: true },
          ReferrerPolicy: { ReferrerPolicy: PAGE_HEADERS['referrer-policy'] },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY' },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
        },
      },
    });
  });

  it.each(['company', 'private'] as const)(
    'is emptied before its bucket is deleted, and until then keeps files that an open page may need: %s',
    (shape) => {
      const { service } = templatesOf({}, example(shape));
      const [[bucket, { Properties }]] = Object.entries(service.findResources('AWS::S3::Bucket')) as [
        [string, { Properties: { Tags?: { Key: string }[] } }],
      ];
      // The helper of the CDK empties no bucket with this tag: in a teardown the bucket still has it.
      expect((Properties.Tags ?? []).filter(({ Key }) => Key.startsWith('aws-cdk:cr-owned'))).toEqual([]);
      const copied = Object.entries(service.findResources('Custom::CDKBucketDeployment'));
      expect(copied).toHaveLength(1);
      // Another id would be another copy: the first one would empty the bucket after the second one has filled it.
      expect(copied[0]![0]).toBe('ConsolePageFilesCustomResource512MiB00F0CE24');
      expect(copied[0]![1].Properties).toMatchObject({
        RetainOnDelete: false,
        Prune: false,
        DestinationBucketName: { Ref: bucket },
      });
    },
  );

  it('keeps page and API at one address, with domain, certificate and web ACL of the company', () => {
    company.service.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['gdpr.corp.example'],
        ViewerCertificate: {
          MinimumProtocolVersion: 'TLSv1.2_2021',
          AcmCertificateArn: Match.stringLikeRegexp('us-east-1'),
        },
        WebACLId: Match.stringLikeRegexp('global/webacl'),
        CacheBehaviors: ['/v1/*', '/openapi.json', '/health'].map((PathPattern) =>
          Match.objectLike({
            PathPattern,
            ViewerProtocolPolicy: 'https-only',
            AllowedMethods: Match.arrayWith(['DELETE']),
          }),
        ),
      },
    });
    company.service.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true },
    });
    company.service.hasOutput('ConsoleUrl', { Value: 'https://gdpr.corp.example' });
    company.service.resourceCountIs('AWS::Cognito::UserPoolClient', 0);
  });

  it('has the names that a smoke run asks for: outputs, alarm, function, variables (R25)', () => {
    for (const name of ['ApiUrl', 'MachineApiUrl', 'ConsoleUrl', 'AlarmTopic']) company.service.hasOutput(name, {});
    company.service.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'nexthink-gdpr-dead-letters' });
    const functions = Object.entries(company.service.findResources('AWS::Lambda::Function'));
    const [, doctor] = functions.find(([id]) => id.startsWith('doctorFunction'))!;
    expect(doctor.Properties.Environment.Variables).toMatchObject({
      SEAL_KEY_ID: expect.anything(),
      SIGN_KEY_ID: expect.anything(),
      MAC_KEY_ID: expect.anything(),
    });
  });

  it('is not there when the file does not name it', () => {
    templatesOf().service.resourceCountIs('AWS::CloudFront::Distribution', 0);
  });
});

describe('people without a provider of the company (R33)', () => {
  const { data, service } = templatesOf({ stage: 'test' }, example('public'));

  it('are in a user pool with the scopes as groups, behind a second factor, kept with the data', () => {
    data.hasResource('AWS::Cognito::UserPool', {
      DeletionPolicy: 'Retain',
      Properties: {
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
        MfaConfiguration: 'ON',
        DeletionProtection: 'ACTIVE',
        LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V2_0' } },
      },
    });
    const groups = Object.values(data.findResources('AWS::Cognito::UserPoolGroup'));
    expect(groups.map(({ Properties }) => Properties.GroupName).sort()).toEqual([
      'gdpr.anonymize',
      'gdpr.approve',
      'gdpr.download',
      'gdpr.operate',
      'gdpr.read',
      'gdpr.retrieve',
    ]);
    templatesOf().data.resourceCountIs('AWS::Cognito::UserPool', 0);
    expect(SMALLEST.identityProvider).toBeDefined();
  });

  it('get the scopes of their groups into access tokens, and no others, whatever they ask for', async () => {
    const [{ Properties }] = Object.values(data.findResources('AWS::Lambda::Function')) as [
      { Properties: { Code: { ZipFile: string } } },
    ];
    const exports: { handler?: (event: unknown) => Promise<{ response: unknown }> } = {};
    new Function('exports', Properties.Code.ZipFile)(exports);
    const tokenFor = async (groups?: string[]) =>
      (await exports.handler!({ request: { groupConfiguration: { groupsToOverride: groups } } })).response;
    const added = (scopesToAdd: string[]) => ({
      claimsAndScopeOverrideDetails: { accessTokenGeneration: { scopesToAdd } },
    });
    expect(await tokenFor(['gdpr.read', 'staff'])).toEqual(added(['gdpr.read']));
    expect(await tokenFor()).toEqual(added([]));
  });

  it('log in with a code at a public client whose address is the page', () => {
    service.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      GenerateSecret: Match.absent(),
      CallbackURLs: [{ 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [Match.anyValue(), 'DomainName'] }, '/']] }],
    });
    expect(wordsOf(service)).toContain('IdentityConsole');
    service.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Audience: [{ Ref: Match.stringLikeRegexp('Identity') }] },
    });
  });
});
