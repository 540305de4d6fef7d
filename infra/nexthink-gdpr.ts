import { Construct } from 'constructs';
import type * as z from 'zod';
import { type Config, checkConfig } from './config.ts';
import { DataStack } from './data-stack.ts';
import { ServiceStack } from './service-stack.ts';

/** What `gdpr.config.json` holds (docs/deployment.md, "The file"). */
export type NexthinkGdprProps = z.input<typeof Config>;

/**
 * The whole system: what must be kept in one stack, what a deploy may replace in another. An app of the company's may use it in
 * place of `infra/app.ts`; through `data` and `service` it reaches tables, keys, bucket, functions, APIs and alarms, and adds to them.
 */
export class NexthinkGdpr extends Construct {
  readonly data: DataStack;
  readonly service: ServiceStack;

  /** @throws a setting is malformed */
  constructor(scope: Construct, id: string, props: NexthinkGdprProps) {
    super(scope, id);
    const config = checkConfig(props);
    const { stage, terminationProtection, tags } = config;
    const named = (part: string) => ({ stackName: `${stage}-${part}`, terminationProtection, tags });
    this.data = new DataStack(this, 'data', config, named('data'));
    this.service = new ServiceStack(this, 'service', config, this.data, named('service'));
  }
}
