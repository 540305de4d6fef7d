import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Node } from 'constructs';
import * as z from 'zod';
import { FUNCTIONS, ROUTE_SCOPES } from '../functions/registry.ts';

export const KNOWN_SCOPES = [...new Set<string>(Object.values(ROUTE_SCOPES).flat())];
const NAMES = FUNCTIONS.map(({ name }) => name);
const LOG_DAYS = [7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

const text = (form: RegExp, message: string) => z.string().regex(form, message);
/** What differs in an ARN; other words in capitals are names without a path. */
const PARTS: Readonly<Record<string, string>> = { ACCOUNT: '\\d{12}', PATH: '[\\w/+=.@-]+', SUFFIX: '\\w{6}' };
/** @param form of what follows `arn:aws:`, with words of `PARTS` */
const arn = (form: string) => {
  const pattern = form.replaceAll(/[A-Z_]+/g, (word) => PARTS[word] ?? '[\\w+=,.@-]+');
  return text(new RegExp(`^arn:aws:${pattern}$`), `an ARN of the form arn:aws:${form}`);
};
const secret = arn('secretsmanager:REGION:ACCOUNT:secret:PATH-SUFFIX');
const key = arn('kms:REGION:ACCOUNT:key/ID');
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
    securityGroupIds: z.array(id('sg')).min(1).optional(),
    egress: z.array(Egress).default([]),
    inside: z.enum(['company', 'all']).default('company'),
    endpoints: z.array(z.enum(['gateway', 'interface'])).default([]),
    routeTableIds: z.array(id('rtb')).default([]),
    /** The company's interface endpoint of `execute-api`. With it the API is private: it answers through this endpoint alone. */
    apiEndpointId: id('vpce').optional(),
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

/** What the fields mean is in docs/deployment.md, "The file" and "Network". */
const Fields = z.strictObject({
  stage: text(/^[a-z][a-z0-9-]{0,29}$/, 'at most 30 lower-case letters, digits and hyphens, a letter first').default(
    'nexthink-gdpr',
  ),
  tags: z.record(z.string().min(1), z.string()).default({}),
  terminationProtection: z.boolean().default(true),
  archiveDays: z.int().min(1).max(90).default(7),
  logDays: z.literal(LOG_DAYS, `days that CloudWatch knows: ${LOG_DAYS.join(', ')}`).default(30),
  identityProvider: IdentityProvider.optional(),
  portalDatabase: z.strictObject({
    secrets: z.strictObject({ read: secret, anonymize: secret, verify: secret, maintain: secret.optional() }),
  }),
  network: Network.optional(),
  keys: z
    .strictObject({ seal: key.optional(), sign: key.optional(), mac: key.optional(), data: key.optional() })
    .prefault({}),
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket').optional(),
  api: z
    .strictObject({
      corsOrigins: z.array(https).default([]),
      machines: z
        .record(
          arn('iam::ACCOUNT:role/NAME_WITHOUT_PATH'),
          z.array(z.enum(KNOWN_SCOPES, `scopes are ${KNOWN_SCOPES.join(', ')}`)).min(1),
        )
        .default({}),
    })
    .prefault({}),
  /** The console, behind CloudFront or a private API; without it nobody hosts the page. */
  console: z
    .strictObject({
      company: z.string().min(1).optional(),
      domain: text(/^[a-z0-9][a-z0-9.-]+\.[a-z]+$/, 'the name of a host').optional(),
      certificateArn: arn('acm:us-east-1:ACCOUNT:certificate/ID').optional(),
      webAclArn: arn('wafv2:us-east-1:ACCOUNT:global/webacl/ID/ID').optional(),
      /** Folder of the built page. */
      page: z.string().default('build/console'),
    })
    .refine(({ domain, certificateArn }) => !domain === !certificateArn, {
      path: ['certificateArn'],
      message: 'domain and certificateArn go together',
    })
    .optional(),
  alarms: z
    .strictObject({ topicArn: arn('sns:REGION:ACCOUNT:ID').optional(), email: z.email().optional() })
    .refine(({ topicArn, email }) => topicArn || email, {
      message: 'name topicArn or email: alarms must reach somebody',
    }),
  eventBus: text(/^[\w./-]{0,256}$/, 'the name of an event bus of this account').default(''),
  concurrency: z.partialRecord(z.enum(NAMES), z.int().min(1).max(1000)).default({}),
  bundles: z.string().default('build/functions'),
});
/** What differs between stages: the file `gdpr.config.json`. Words are those of the configuration of one machine. */
export const Config = Fields.refine(({ identityProvider, console }) => identityProvider || console, {
  path: ['identityProvider'],
  message: 'name the provider, or let `console` host the page: people of a Cognito user pool log in there',
}).refine(
  ({ network, identityProvider, console, api }) =>
    !network?.apiEndpointId ||
    (identityProvider && api.corsOrigins.length === 0 && !(console?.domain ?? console?.webAclArn)),
  {
    path: ['network', 'apiEndpointId'],
    message: 'needs `identityProvider`, no `corsOrigins`, and of `console` neither `domain` nor `webAclArn`',
  },
);
export type Config = Readonly<z.infer<typeof Config>>;

/** Reads the file that `-c config=FILE` names, `gdpr.config.json` otherwise. What is wrong with it ends the app, without a stack. */
export function readConfig(node: Node): Config {
  const file = resolve(node.tryGetContext('config') ?? 'gdpr.config.json');
  try {
    return checkConfig(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    console.error(`${file} (or -c config=FILE; docs/deployment.md, "The file"):\n${(error as Error).message}`);
    process.exit(1);
  }
}

/** What zod's own words leave open. */
const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') return `there is no field ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_key') return issue.issues[0]!.message;
  return issue.input === undefined ? 'is missing' : undefined;
};

/** @throws a setting is malformed; the message names all of them, one a line */
export function checkConfig(given: unknown): Config {
  const { data, error } = Config.safeParse(given, { error: inWords });
  if (data) return data;
  throw new Error(error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('\n'));
}
