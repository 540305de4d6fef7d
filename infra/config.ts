import type { Node } from 'constructs';
import { ROUTE_SCOPES } from '../functions/registry.ts';

/** What differs between stages. Set with `cdk -c name=value` or under `context` in cdk.json. */
export interface Config {
  /** Prefix of the stacks; two stages live side by side in one account. */
  readonly stage: string;
  /** An Archive expires after this many days. */
  readonly archiveDays: number;
  /** Origins that may call the HTTP API from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  /** Claim of an access token that names its scopes; `scope` also means `scp`. */
  readonly scopeClaim: string;
  /** Scopes of machines by the ARN of their IAM role, without its path; for none there is no API with IAM. */
  readonly machines: Readonly<Record<string, readonly string[]>>;
  /** Whether a fourth role cleans up after an anonymization; without it the certificate lists what stays. */
  readonly portalMaintenance: boolean;
  /** Name of the EventBridge bus that gets notices of Requests; empty for none. */
  readonly eventBus: string;
  /** Folder that holds `<function>/index.mjs`, as `local/build.ts` writes it. */
  readonly bundles: string;
}

/**
 * Reads the settings of a stage from the CDK context.
 * @throws a setting is malformed
 */
export function readConfig(node: Node): Config {
  const text = (name: string, byDefault: string) => String(node.tryGetContext(name) ?? byDefault);
  const stage = text('stage', 'nexthink-gdpr');
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(stage)) {
    throw new Error('stage: at most 30 lower-case letters, digits and hyphens, a letter first');
  }
  const archiveDays = Number(text('archiveDays', '7'));
  if (!Number.isInteger(archiveDays) || archiveDays < 1 || archiveDays > 90) throw new Error('archiveDays: 1 to 90');
  const corsOrigins = text('corsOrigins', '').split(',').filter(Boolean);
  if (corsOrigins.some((origin) => !/^https:\/\/[^/*]+$/.test(origin))) {
    throw new Error('corsOrigins: https://host, separated by commas, no wildcard');
  }
  const scopeClaim = text('scopeClaim', 'scope');
  if (!/^\S{1,128}$/.test(scopeClaim)) throw new Error('scopeClaim: the name of a claim');
  const portalMaintenance = text('portalMaintenance', 'yes');
  if (!['yes', 'no'].includes(portalMaintenance)) throw new Error('portalMaintenance: yes or no');
  const eventBus = text('eventBus', '');
  if (!/^[\w./-]{0,256}$/.test(eventBus)) throw new Error('eventBus: the name of an event bus of this account');
  return {
    stage,
    archiveDays,
    corsOrigins,
    scopeClaim,
    machines: readMachines(node.tryGetContext('machines') ?? {}),
    portalMaintenance: portalMaintenance === 'yes',
    eventBus,
    bundles: text('bundles', 'build/functions'),
  };
}

const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@-]+$/;
const KNOWN_SCOPES = new Set<string>(Object.values(ROUTE_SCOPES).flat());

/** @param value an object in cdk.json, or its JSON with `-c` */
function readMachines(value: unknown): Config['machines'] {
  const machines = (typeof value === 'string' ? JSON.parse(value) : value) as Record<string, unknown>;
  for (const [arn, scopes] of Object.entries(machines)) {
    if (!ROLE_ARN.test(arn)) throw new Error('machines: arn:aws:iam::<account>:role/<name>, without a path');
    if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every((scope) => KNOWN_SCOPES.has(scope))) {
      throw new Error(`machines: scopes are ${[...KNOWN_SCOPES].join(', ')}`);
    }
  }
  return machines as Config['machines'];
}
