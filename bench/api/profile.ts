import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { ROUTES } from '../../functions/registry.ts';
import type { LocalSystem } from '../../local/system.ts';
import { SCOPES } from '../../modules/requests/caller.ts';

/** CPU of a function's calls, and whose code took it. `cpuMs`: one call, all threads. `shares`: of the main thread. */
export interface Profile {
  readonly name: string;
  readonly cpuMs: number;
  readonly shares: Readonly<Record<'ours' | 'packages' | 'Node', number>>;
}

const PROFILED = resolve(import.meta.dirname, 'profiled.ts');

/** Calls a function's source `calls` times in a process of its own, under V8's profiler, against the running stores. */
export async function profileOf(
  system: LocalSystem,
  routeKey: keyof typeof ROUTES,
  calls: number,
  { requestId, body }: { readonly requestId?: string; readonly body?: object },
): Promise<Profile> {
  const { name, file } = ROUTES[routeKey];
  const { sub } = JSON.parse(Buffer.from(system.token.split('.')[1]!, 'base64url').toString()) as { sub: string };
  const [method = '', template = ''] = routeKey.split(' ');
  const path = template.replace('{requestId}', requestId ?? '');
  const event = {
    version: '2.0',
    routeKey,
    rawPath: path,
    isBase64Encoded: false,
    pathParameters: requestId === undefined ? {} : { requestId },
    requestContext: {
      routeKey,
      http: { method, path },
      authorizer: { jwt: { claims: { sub, scope: SCOPES.join(' ') } } },
    },
    ...(body && { body: JSON.stringify(body) }),
  };
  const { stdout } = await promisify(execFile)(process.execPath, [PROFILED, file, String(calls)], {
    env: { PATH: process.env.PATH, ...system.awsEnvironment, BENCH_EVENT: JSON.stringify(event) },
    maxBuffer: 1e8,
  });
  const answer = stdout.slice(stdout.lastIndexOf('\n{') + 1); // log lines come before
  return { name, ...(JSON.parse(answer) as Omit<Profile, 'name'>) };
}
