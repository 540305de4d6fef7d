import type { Node } from 'constructs';

/** What differs between stages. Set with `cdk -c name=value` or under `context` in cdk.json. */
export interface Config {
  /** Prefix of the stacks; two stages live side by side in one account. */
  readonly stage: string;
  /** Life of a Bundle, days. */
  readonly bundleDays: number;
  /** Origins that may call the HTTP API from a browser; none by default. */
  readonly corsOrigins: readonly string[];
  /** Whether a fourth role cleans up behind an anonymization; without it the certificate says what stays. */
  readonly portalMaintenance: boolean;
  /** Folder that holds `<function>/index.mjs`, as `local/build.ts` writes it. */
  readonly bundles: string;
}

/**
 * Reads the settings of a stage from the CDK context.
 * @throws a setting is not of its form
 */
export function readConfig(node: Node): Config {
  const text = (name: string, byDefault: string) => String(node.tryGetContext(name) ?? byDefault);
  const stage = text('stage', 'nexthink-gdpr');
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(stage)) {
    throw new Error('stage: at most 30 lower-case letters, digits and hyphens, a letter first');
  }
  const bundleDays = Number(text('bundleDays', '7'));
  if (!Number.isInteger(bundleDays) || bundleDays < 1 || bundleDays > 90) throw new Error('bundleDays: 1 to 90');
  const corsOrigins = text('corsOrigins', '').split(',').filter(Boolean);
  if (corsOrigins.some((origin) => !/^https:\/\/[^/*]+$/.test(origin))) {
    throw new Error('corsOrigins: https://host, separated by commas, no wildcard');
  }
  const portalMaintenance = text('portalMaintenance', 'yes');
  if (!['yes', 'no'].includes(portalMaintenance)) throw new Error('portalMaintenance: yes or no');
  return {
    stage,
    bundleDays,
    corsOrigins,
    portalMaintenance: portalMaintenance === 'yes',
    bundles: text('bundles', 'build/functions'),
  };
}
