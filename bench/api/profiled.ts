import { randomUUID } from 'node:crypto';
import { Session } from 'node:inspector/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The function's file below `functions/`, without its extension. */
const FILE = process.argv[2]!;
/** Calls under the profile; half as many come before it, so that V8 has compiled what is called often. */
const CALLS = Number(process.argv[3]);

interface Answer {
  readonly statusCode: number;
}

const root = pathToFileURL(resolve(import.meta.dirname, '../..')).href;
const { handler } = (await import(`${root}/functions/${FILE}.ts`)) as {
  handler: (event: object, context: object) => Promise<Answer>;
};
const event = JSON.parse(process.env.BENCH_EVENT!) as object;

async function call(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const headers = { 'idempotency-key': randomUUID() };
    const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: randomUUID() };
    const { statusCode } = await handler({ ...event, headers }, context);
    if (statusCode >= 300) throw new Error(`${FILE} answered ${statusCode}`);
  }
}

const ownerOf = (url: string, name: string): 'ours' | 'packages' | 'Node' | undefined => {
  if (name === '(idle)' || name === '(root)') return undefined;
  if (url.includes('/node_modules/')) return 'packages';
  return url.startsWith(root) && !url.includes('/bench/') ? 'ours' : 'Node';
};

await call(Math.ceil(CALLS / 2));
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.start');
const before = process.cpuUsage();
await call(CALLS);
const { user, system } = process.cpuUsage(before);
const { profile } = await session.post('Profiler.stop');
const microseconds = { ours: 0, packages: 0, Node: 0 };
const owners = new Map(profile.nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame.url, callFrame.functionName)]));
for (const [i, id] of (profile.samples ?? []).entries()) {
  const owner = owners.get(id);
  if (owner) microseconds[owner] += profile.timeDeltas?.[i] ?? 0;
}
const all = microseconds.ours + microseconds.packages + microseconds.Node;
const shares = Object.fromEntries(Object.entries(microseconds).map(([owner, time]) => [owner, time / all]));
process.stdout.write(`\n${JSON.stringify({ cpuMs: (user + system) / 1000 / CALLS, shares })}`);
process.exit(0); // clients keep their connections open
