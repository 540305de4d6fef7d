import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AwsCall } from '../../../local/aws/call-recorder.ts';
import { functionEnvironment } from '../../../local/environment.ts';
import { FUNCTIONS, templatesOf } from '../../infra/synthesize.ts';
import { Contract } from './contract.ts';
import { withoutReason } from './reasons.ts';

/** Calls of each process of a recorded suite. */
export const CALLS = 'build/recorded-calls';

const NOWHERE = { objects: '', tables: '', keysAndSecrets: '', stepFunctions: '' };

/**
 * Before and after a suite that is recorded (`GDPR_RECORD_CALLS=1`, or the deep form): whatever a function has asked of AWS in any
 * test must be allowed by its policy. Rights that no test used are a finding only where the whole suite ran (`GDPR_RECORD_CALLS=whole`).
 */
export function setup(): () => Promise<void> {
  rmSync(CALLS, { recursive: true, force: true });
  return async () => {
    // in a process of its own: a synthesis here would keep vitest from ending its workers
    const { stdout } = await promisify(execFile)('node', [import.meta.filename]);
    console.log(stdout);
  };
}

function compare(): void {
  const files = existsSync(CALLS) ? readdirSync(CALLS) : [];
  const calls = files.flatMap((name) => JSON.parse(readFileSync(join(CALLS, name), 'utf8')) as AwsCall[]);
  if (calls.length === 0) return; // no test started a system
  const { data, service } = templatesOf();
  const contract = new Contract(calls, functionEnvironment(NOWHERE), { stack: 'test-service', secrets: 'test' });
  const found = contract.check({ data: data.toJSON(), service: service.toJSON() }, FUNCTIONS);
  const [denied, unused] = [withoutReason(found.denied), withoutReason(found.unused)];
  console.log(`${calls.length} different calls: ${denied.length} denied, ${unused.length} rights unused`);
  const wrong = [...denied, ...(process.env.GDPR_RECORD_CALLS === 'whole' ? unused : [])];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

if (import.meta.main) compare();
