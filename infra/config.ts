import type { Node } from 'constructs';
import * as z from 'zod';
import { ROUTE_SCOPES } from '../functions/registry.ts';

const KNOWN_SCOPES = [...new Set<string>(Object.values(ROUTE_SCOPES).flat())];
const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@-]+$/;

/** What differs between stages. Set with `cdk -c name=value` or under `context` in cdk.json. */
const Config = z.object({
  /** Prefix of the stacks; two stages live side by side in one account. */
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,29}$/, 'at most 30 lower-case letters, digits and hyphens, a letter first')
    .default('nexthink-gdpr'),
  archiveDays: z.coerce.number().int().min(1).max(90).default(7),
  /** Origins that may call the HTTP API from a browser; none by default. */
  corsOrigins: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.string().regex(/^https:\/\/[^/*]+$/, 'https://host, separated by commas, no wildcard'))),
  scopeClaim: z
    .string()
    .regex(/^\S{1,128}$/, 'the name of a claim')
    .default('scope'),
  /** Scopes of machines by the ARN of their IAM role, without its path; for none there is no API with IAM. */
  machines: z
    .preprocess(
      (value) => (typeof value === 'string' ? JSON.parse(value) : value), // with `-c`
      z.record(
        z.string().regex(ROLE_ARN),
        z.array(z.enum(KNOWN_SCOPES, `scopes are ${KNOWN_SCOPES.join(', ')}`)).min(1),
        'an object by arn:aws:iam::<account>:role/<name>, without a path',
      ),
    )
    .default({}),
  /** Whether a fourth role cleans up after an anonymization; without it the certificate lists what stays. */
  portalMaintenance: z
    .enum(['yes', 'no'])
    .default('yes')
    .transform((answer) => answer === 'yes'),
  /** Name of the EventBridge bus that gets notices of Requests; empty for none. */
  eventBus: z
    .string()
    .regex(/^[\w./-]{0,256}$/, 'the name of an event bus of this account')
    .default(''),
  /** Folder that holds `<function>/index.mjs`, as `local/build.ts` writes it. */
  bundles: z.string().default('build/functions'),
});
export type Config = Readonly<z.infer<typeof Config>>;

/** Reads the settings of a stage from the CDK context. @throws a setting is malformed */
export function readConfig(node: Node): Config {
  const given = Object.keys(Config.shape).map((name) => [name, node.tryGetContext(name)]);
  const { data, error } = Config.safeParse(Object.fromEntries(given));
  if (data) return data;
  throw new Error(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
