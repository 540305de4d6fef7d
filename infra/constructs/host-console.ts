import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { PAGE_HEADERS } from '../../console/headers.ts';
import type { Config } from '../config.ts';
import type { Identity } from './identity.ts';
import { PrivateApi, STAGE } from './private-api.ts';
import { servePage } from './private-page.ts';

/** Paths of the API, which has the address of the page: no call crosses origins. */
const API_PATHS = ['/v1/*', '/openapi.json', '/health'];
/** What only a host with a name can say: HTTPS for a year. */
const YEAR = Duration.days(365);

/** The console (R33): a private bucket behind CloudFront or a private API, with the headers that the page has on one machine. @returns its address */
export function hostConsole(
  stack: Construct,
  { company, domain, certificateArn, webAclArn, page }: NonNullable<Config['console']>,
  api: HttpApi | PrivateApi,
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
  const shared = {
    // Without the tag that the CDK gives a bucket of its own: the helper empties none that has it (aws-cdk#33397), and no teardown would end.
    destinationBucket: Bucket.fromBucketName(scope, 'Place', bucket.bucketName),
    cacheControl: [CacheControl.noCache()], // a browser asks whether a file has changed
    memoryLimit: 512,
    retainOnDelete: false,
    prune: false, // a page that is open may need files of the version before
  };
  const words = (url: string) =>
    Source.jsonData('config.json', { ...forConsole(url), ...(company !== undefined && { company }) });
  if (api instanceof PrivateApi) {
    const year = `max-age=${YEAR.toSeconds()}; includeSubDomains`;
    servePage(scope, api, bucket, { ...PAGE_HEADERS, 'x-frame-options': 'DENY', 'strict-transport-security': year });
    const files = [Source.asset(page, { exclude: ['index.html'] }), Source.data('index.html', belowStage(page))];
    new BucketDeployment(scope, 'Files', { ...shared, sources: [...files, words(api.apiEndpoint)] });
    return api.apiEndpoint;
  }
  const apiHost = `${api.apiId}.execute-api.${Stack.of(stack).region}.amazonaws.com`;
  const calls = {
    origin: new HttpOrigin(apiHost, { readTimeout: Duration.seconds(30) }),
    viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
    allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
    cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
  };
  const distribution = new cloudfront.Distribution(scope, 'Distribution', {
    comment: 'Console of nexthink-gdpr',
    defaultRootObject: 'index.html',
    httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: pageHeaders(scope),
    },
    additionalBehaviors: Object.fromEntries(API_PATHS.map((path) => [path, calls])),
    ...(domain !== undefined && {
      domainNames: [domain],
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn!),
    }),
    ...(webAclArn !== undefined && { webAclId: webAclArn }),
  });
  const url = `https://${domain ?? distribution.distributionDomainName}`;
  new BucketDeployment(scope, 'Files', { ...shared, sources: [Source.asset(page), words(url)], distribution });
  return url;
}

/** The page names its files from the root on: opened without the last slash, as `/gdpr`, it would look for them beside `gdpr`. */
const belowStage = (page: string): string =>
  readFileSync(join(page, 'index.html'), 'utf8').replaceAll(/(?<=(?:href|src)=")(?=main-)/g, `/${STAGE}/`);

/** Those of `console/headers.ts`, and the year. */
function pageHeaders(scope: Construct): cloudfront.ResponseHeadersPolicy {
  const { 'content-security-policy': contentSecurityPolicy, ...others } = PAGE_HEADERS;
  const known = { override: true };
  return new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    comment: 'Console of nexthink-gdpr: headers of console/headers.ts',
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, ...known },
      contentTypeOptions: known,
      frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, ...known },
      referrerPolicy: { referrerPolicy: others['referrer-policy'] as cloudfront.HeadersReferrerPolicy, ...known },
      strictTransportSecurity: { accessControlMaxAge: YEAR, includeSubdomains: true, ...known },
    },
  });
}
