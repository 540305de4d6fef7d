import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AUTHORIZER, FUNCTIONS as SPECS } from '../../functions/registry.ts';
import { NexthinkGdpr, type NexthinkGdprProps } from '../../infra/nexthink-gdpr.ts';

/** Names of all functions. */
export const FUNCTIONS = SPECS.map(({ name }) => name);

/** ARN of the secret of a role of the Portal database. */
const secret = (role: string) => `arn:aws:secretsmanager:eu-central-1:000000000000:secret:portal/${role}-AbCdEf`;
/** The smallest file: a provider of the company's, no network, no console. */
export const SMALLEST = {
  stage: 'test',
  identityProvider: { issuer: 'https://login.corp.example', audience: 'nexthink-gdpr', clientId: 'console' },
  portalDatabase: {
    secrets: {
      read: secret('read'),
      anonymize: secret('anonymize'),
      verify: secret('verify'),
      maintain: secret('maintain'),
    },
  },
  alarms: { email: 'operations@corp.example' },
} as const satisfies NexthinkGdprProps;

/** As `cdk` does it, but each policy has the statements of infra/access.yaml one by one. */
const context = {
  ...JSON.parse(readFileSync('cdk.json', 'utf8')).context,
  '@aws-cdk/aws-iam:minimizePolicies': false,
};

/** A file in `infra/examples/`. */
export const example = (name: 'public' | 'company' | 'private'): NexthinkGdprProps =>
  JSON.parse(readFileSync(`infra/examples/${name}.json`, 'utf8'));

/** What a deploy would make. */
export interface Deployment {
  readonly data: Template;
  readonly service: Template;
  /** What the bucket of the page holds, where there is one, by key; values that a deploy knows are markers. */
  readonly pageFiles: ReadonlyMap<string, Buffer>;
}

const made = new Map<string, Deployment>();
/** Both templates; those that were made before are not made again. */
export function templatesOf(changes: Partial<NexthinkGdprProps> = {}, base: NexthinkGdprProps = SMALLEST) {
  const key = JSON.stringify({ ...base, ...changes });
  if (!made.has(key)) {
    const { folder, data, service } = synthesize(changes, base);
    const pageFiles = pageFilesIn(join(folder, 'cdk.out'), service);
    rmSync(folder, { recursive: true });
    made.set(key, { data, service, pageFiles });
  }
  return made.get(key)!;
}

/** As the CDK's helper copies them: its sources one after the other. */
function pageFilesIn(assembly: string, service: Template): ReadonlyMap<string, Buffer> {
  const [copied] = Object.values(service.findResources('Custom::CDKBucketDeployment'));
  const sources: string[] = copied?.Properties.SourceObjectKeys ?? [];
  return new Map(
    sources.flatMap((source) => {
      const folder = join(assembly, `asset.${source.replace(/\.zip$/, '')}`);
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((file) => [relative(folder, file), readFileSync(file)] as const);
    }),
  );
}

/** Headers that CloudFront adds to each file of the page, as the template says. */
export function pageHeadersOf({ service }: Deployment): Readonly<Record<string, string>> {
  const [policy] = Object.values(service.findResources('AWS::CloudFront::ResponseHeadersPolicy'));
  const said = policy!.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig;
  const { AccessControlMaxAgeSec, IncludeSubdomains } = said.StrictTransportSecurity;
  return {
    'content-security-policy': said.ContentSecurityPolicy.ContentSecurityPolicy,
    'referrer-policy': said.ReferrerPolicy.ReferrerPolicy,
    'strict-transport-security': `max-age=${AccessControlMaxAgeSec}${IncludeSubdomains ? '; includeSubDomains' : ''}`,
    ...(said.ContentTypeOptions && { 'x-content-type-options': 'nosniff' }),
    'x-frame-options': said.FrameOptions.FrameOption,
  };
}

/** The whole system in an app of its own, and both templates, with a one-line bundle for each function instead of the real ones, and an empty page unless the file names one. */
export function synthesize(changes: Partial<NexthinkGdprProps> = {}, base: NexthinkGdprProps = SMALLEST) {
  const folder = mkdtempSync(join(tmpdir(), 'gdpr-infra-'));
  const [bundles, page] = [join(folder, 'functions'), join(folder, 'console')];
  for (const name of [...FUNCTIONS, AUTHORIZER.name]) {
    mkdirSync(join(bundles, name), { recursive: true });
    writeFileSync(join(bundles, name, 'index.mjs'), `export const handler = async () => ({ name: '${name}' });\n`);
  }
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<!doctype html>\n');
  const app = new App({ outdir: join(folder, 'cdk.out'), context });
  const config = { ...base, ...changes, bundles };
  const gdpr = new NexthinkGdpr(
    app,
    'gdpr',
    config.console ? { ...config, console: { page, ...config.console } } : config,
  );
  return { folder, app, gdpr, data: Template.fromStack(gdpr.data), service: Template.fromStack(gdpr.service) };
}
