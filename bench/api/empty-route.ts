import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startApiGateway } from '../../local/aws/api-gateway.ts';
import { LambdaHost } from '../../local/aws/lambda-host.ts';
import { buildFunctions } from '../../local/build.ts';
import { LocalIdentity } from '../../local/identity/local-identity.ts';

/** The gateway and the function processes of the local system, with one route behind which nothing is done. */
export async function startEmptyRoute(): Promise<{ url: string; token: string; stop(): Promise<void> }> {
  const spec = { name: 'nothing', file: 'nothing/index', memoryMb: 256, timeoutSeconds: 29 };
  const folder = await mkdtemp(join(tmpdir(), 'bench-api-'));
  const source = { root: resolve(import.meta.dirname, 'functions'), functions: [spec] };
  const { folder: bundleDir } = await buildFunctions(join(folder, 'functions'), source);
  const host = new LambdaHost({
    bundleDir,
    functions: [spec],
    environment: () => ({}),
    logFile: join(folder, 'functions.log'),
  });
  const identity = await LocalIdentity.open(folder);
  const api = await startApiGateway({
    routes: { 'GET /nothing': spec },
    invoke: (name, event) => host.invoke(name, event),
    identity,
    consoleDir: folder,
  });
  const stop = async () => {
    await api.stop();
    await host.stop();
    await rm(folder, { recursive: true });
  };
  return { url: api.url, token: await identity.issue('nobody'), stop };
}
