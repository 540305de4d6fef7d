import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  type HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { PAGE_HEADERS } from '../../console/headers.ts';
import type { Config } from '../config.ts';
import type { Identity } from './identity.ts';

/** Paths of the API, which has the address of the page: no call crosses origins. */
const API_PATHS = ['/v1/*', '/openapi.json', '/health'];

/** The console (R33): a private bucket behind CloudFront, with the headers that the page has on one machine. @returns its address */
export function hostConsole(
  stack: Construct,
  { company, domain, certificateArn, webAclArn, page }: NonNullable<Config['console']>,
  api: HttpApi,
  { forConsole }: Identity,
): string {
  const scope = new Construct(stack, 'ConsolePage');
  const bucket = new Bucket(scope, 'Bucket', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: RemovalPolicy.DESTROY,
  }) as IBucket; // its type is stricter than what makes it
  const apiHost = `${api.apiId}.execute-api.${Stack.of(stack).region}.amazonaws.com`;
  const calls = {
    origin: new HttpOrigin(apiHost, { readTimeout: Duration.seconds(30) }),
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  };
  const distribution = new Distribution(scope, 'Distribution', {
    comment: 'Console of nexthink-gdpr',
    defaultRootObject: 'index.html',
    httpVersion: HttpVersion.HTTP2_AND_3,
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: pageHeaders(scope),
    },
    additionalBehaviors: Object.fromEntries(API_PATHS.map((path) => [path, calls])),
    ...(domain !== undefined && {
      domainNames: [domain],
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn!),
    }),
    ...(webAclArn !== undefined && { webAclId: webAclArn }),
  });
  const url = `https://${domain ?? distribution.distributionDomainName}`;
  const words = { ...forConsole(url), ...(company !== undefined && { company }) };
  new BucketDeployment(scope, 'Files', {
    destinationBucket: bucket,
    sources: [Source.asset(page), Source.jsonData('config.json', words)],
    distribution,
    cacheControl: [CacheControl.noCache()], // a browser asks whether a file has changed
    memoryLimit: 512,
    retainOnDelete: false,
  });
  return url;
}

/** Those of `console/headers.ts`, and what only a host with a name can say: HTTPS for a year. */
function pageHeaders(scope: Construct): ResponseHeadersPolicy {
  const { 'content-security-policy': contentSecurityPolicy, ...others } = PAGE_HEADERS;
  const known = { override: true };
  return new ResponseHeadersPolicy(scope, 'Headers', {
    comment: 'Console of nexthink-gdpr: headers of console/headers.ts',
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, ...known },
      contentTypeOptions: known,
      frameOptions: { frameOption: HeadersFrameOption.DENY, ...known },
      referrerPolicy: { referrerPolicy: others['referrer-policy'] as HeadersReferrerPolicy, ...known },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, ...known },
    },
  });
}
