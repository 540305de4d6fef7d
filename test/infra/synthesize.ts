import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FUNCTIONS as SPECS } from '../../functions/registry.ts';
import { readConfig } from '../../infra/config.ts';
import { DataStack } from '../../infra/data-stack.ts';
import { ServiceStack } from '../../infra/service-stack.ts';

/** Names of all functions. */
export const FUNCTIONS = SPECS.map(({ name }) => name);

/** Both templates, with a one-line bundle for each function instead of the real ones. */
export function synthesize(context: Readonly<Record<string, unknown>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gdpr-infra-'));
  const bundles = join(folder, 'functions');
  for (const name of FUNCTIONS) {
    mkdirSync(join(bundles, name), { recursive: true });
    writeFileSync(join(bundles, name, 'index.mjs'), `export const handler = async () => ({ name: '${name}' });\n`);
  }
  const app = new App({ outdir: join(folder, 'cdk.out'), context: { bundles, ...context } });
  const config = readConfig(app.node);
  const data = new DataStack(app, 'test-data', config);
  const service = new ServiceStack(app, 'test-service', config, data);
  return { folder, data: Template.fromStack(data), service: Template.fromStack(service) };
}
