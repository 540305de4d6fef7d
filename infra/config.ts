import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Node } from 'constructs';
import * as z from 'zod';
import { FUNCTIONS, ROUTE_SCOPES } from '../functions/registry.ts';

export const KNOWN_SCOPES = [...new Set<string>(Object.values(ROUTE_SCOPES).flat())];
const NAMES = FUNCTIONS.map(({ name }) => name);
/** Days that CloudWatch Logs can keep lines. */
const LOG_DAYS = [7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

const text = (form: RegExp, message: string) => z.string().regex(form, message);
const arn = (of: string) => text(new RegExp(`^arn:aws:${of}$`), `an ARN such as arn:aws:${of.replaceAll('\\', '')}`);
const secret = arn('secretsmanager:[\\w-]+:\\d{12}:secret:[\\w/+=.@-]+-\\w{6}');
const key = arn('kms:[\\w-]+:\\d{12}:key/[\\w-]+');
const id = (kind: string) => text(new RegExp(`^${kind}-[0-9a-z]{8,17}$`), `an id such as ${kind}-0123456789abcdef0`);
const https = text(/^https:\/\/[^/*]+$/, 'https://host, no wildcard');

/** The company's OpenID provider. Without it a Cognito user pool is made, whose groups have the names of scopes. */
const IdentityProvider = z.strictObject({
  issuer: z.url({ protocol: /^https$/ }),
  audience: z.string().min(1),
  clientId: z.string().min(1),
  scopeClaim: text(/^\S{1,128}$/, 'the name of a claim').default('scope'),
  scope: z.string().min(1).optional(),
  resource: z.string().min(1).optional(),
});

/** Addresses that functions inside the company's network may call. */
const Egress = z.strictObject({
  to: text(/^[\w ./-]{1,100}$/, 'what is there, such as "Engines"'),
  cidr: z.cidrv4(),
  ports: z.array(z.int().min(1).max(65_535)).min(1).default([443, 1671]),
});

/** The company's network. Nothing is looked up: the file names every id. */
const Network = z
  .strictObject({
    vpcId: id('vpc'),
    subnetIds: z.array(id('subnet')).min(1),
    /** Groups of the company's; without them one is made that lets out what `egress` names. */
    securityGroupIds: z.array(id('sg')).min(1).optional(),
    egress: z.array(Egress).default([]),
    /** `company`: the functions that call Engines or Portal are inside; `all`: every function. */
    inside: z.enum(['company', 'all']).default('company'),
    /** Endpoints to make: `gateway` for S3 and DynamoDB, `interface` for the other services that functions inside call. */
    endpoints: z.array(z.enum(['gateway', 'interface'])).default([]),
    /** Route tables of the subnets, for `gateway`. */
    routeTableIds: z.array(id('rtb')).default([]),
    /** The company's interface endpoint of `execute-api`. With it the API is private: it answers through this endpoint alone. */
    apiEndpointId: id('vpce').optional(),
    /** Prefix lists of S3 and DynamoDB in this region, which the security group lets out. */
    prefixListIds: z.array(id('pl')).default([]),
  })
  .refine(({ securityGroupIds, egress }) => securityGroupIds || egress.length > 0, {
    path: ['egress'],
    message: 'name what functions may call, or securityGroupIds of your own',
  })
  .refine(({ endpoints, routeTableIds }) => !endpoints.includes('gateway') || routeTableIds.length > 0, {
    path: ['routeTableIds'],
    message: 'a gateway endpoint needs the route tables of the subnets',
  });
export type Network = Readonly<z.infer<typeof Network>>;

const Fields = z.strictObject({
  /** Prefix of the stacks; two stages live side by side in one account. */
  stage: text(/^[a-z][a-z0-9-]{0,29}$/, 'at most 30 lower-case letters, digits and hyphens, a letter first').default(
    'nexthink-gdpr',
  ),
  tags: z.record(z.string().min(1), z.string()).default({}),
  terminationProtection: z.boolean().default(true),
  archiveDays: z.int().min(1).max(90).default(7),
  logDays: z.literal(LOG_DAYS, `days that CloudWatch knows: ${LOG_DAYS.join(', ')}`).default(30),
  identityProvider: IdentityProvider.optional(),
  /** ARNs of the secrets of the four roles of the Portal database. Without `maintain` a certificate lists what stays. */
  portalDatabase: z.strictObject({
    secrets: z.strictObject({ read: secret, anonymize: secret, verify: secret, maintain: secret.optional() }),
  }),
  network: Network.optional(),
  /** Keys of the company's; those that are not named are made. Only `data` may stay away altogether. */
  keys: z
    .strictObject({ seal: key.optional(), sign: key.optional(), mac: key.optional(), data: key.optional() })
    .prefault({}),
  /** A bucket of the company's for parts, archives and settings. */
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket').optional(),
  api: z
    .strictObject({
      /** Origins other than the console's that may call from a browser. */
      corsOrigins: z.array(https).default([]),
      /** Scopes of machines by the ARN of their IAM role, without its path; for none there is no API with IAM. */
      machines: z
        .record(
          text(
            /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@-]+$/,
            'an object by arn:aws:iam::<account>:role/<name>, without a path',
          ),
          z.array(z.enum(KNOWN_SCOPES, `scopes are ${KNOWN_SCOPES.join(', ')}`)).min(1),
        )
        .default({}),
    })
    .prefault({}),
  /** The console behind CloudFront; without it nobody hosts the page. */
  console: z
    .strictObject({
      company: z.string().min(1).optional(),
      domain: text(/^[a-z0-9][a-z0-9.-]+\.[a-z]+$/, 'the name of a host').optional(),
      /** In us-east-1, as CloudFront wants it. */
      certificateArn: arn('acm:us-east-1:\\d{12}:certificate/[\\w-]+').optional(),
      webAclArn: arn('wafv2:us-east-1:\\d{12}:global/webacl/[\\w-]+/[\\w-]+').optional(),
      /** Folder of the built page. */
      page: z.string().default('build/console'),
    })
    .refine(({ domain, certificateArn }) => !domain === !certificateArn, {
      path: ['certificateArn'],
      message: 'domain and certificateArn go together',
    })
    .optional(),
  /** Alarms reach a topic of the company's, or a mail address. */
  alarms: z
    .strictObject({ topicArn: arn('sns:[\\w-]+:\\d{12}:[\\w-]+').optional(), email: z.email().optional() })
    .refine(({ topicArn, email }) => topicArn || email, {
      message: 'name topicArn or email: alarms must reach somebody',
    }),
  /** Name of the EventBridge bus that gets notices of Requests; empty for none. */
  eventBus: text(/^[\w./-]{0,256}$/, 'the name of an event bus of this account').default(''),
  /** Reserved concurrency by the name of a function. */
  concurrency: z.partialRecord(z.enum(NAMES), z.int().min(1).max(1000)).default({}),
  /** Folder that holds `<function>/index.mjs`, as `local/build.ts` writes it. */
  bundles: z.string().default('build/functions'),
});
/** What differs between stages: the file `gdpr.config.json`. Words are those of the configuration of one machine. */
export const Config = Fields.refine(({ identityProvider, console }) => identityProvider || console, {
  path: ['identityProvider'],
  message: 'name the provider, or let `console` host the page: people of a Cognito user pool log in there',
}).refine(
  ({ network, identityProvider, console, api }) =>
    !network?.apiEndpointId || (identityProvider && !console && api.corsOrigins.length === 0),
  {
    path: ['network', 'apiEndpointId'],
    message: 'needs `identityProvider`, and neither `console` (CloudFront is public) nor `corsOrigins`',
  },
);
export type Config = Readonly<z.infer<typeof Config>>;

/** Reads the file that `-c config=FILE` names, `gdpr.config.json` otherwise. @throws it is not there, or a setting is malformed */
export function readConfig(node: Node): Config {
  const file = resolve(node.tryGetContext('config') ?? 'gdpr.config.json');
  return checkConfig(JSON.parse(readFileSync(file, 'utf8')));
}

/** @throws a setting is malformed; the message names all of them */
export function checkConfig(given: unknown): Config {
  const { data, error } = Config.safeParse(given);
  if (data) return data;
  throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
