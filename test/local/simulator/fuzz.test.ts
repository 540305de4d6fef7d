import * as fc from 'fast-check';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { TABLES } from '../../../local/simulator/world/data-model.ts';
import { ask, basic } from './support.ts';

let simulator: Simulator;
let agent: Agent;
beforeAll(async () => {
  simulator = await startSimulator({ engines: 1, rows: 200, updates: true });
  agent = new Agent({ connect: { ca: simulator.caPem } });
});
afterAll(async () => {
  await agent.destroy();
  await simulator.stop();
});

const numRuns = process.env.GDPR_TEST_DEEP === '1' ? 20_000 : 300;
const words = [
  'select',
  'update',
  'set',
  'from',
  'where',
  'with',
  'compute',
  'between',
  'order_by',
  'limit',
  'eq',
  'ne',
  'gt',
  'nil',
  'string',
  'pattern',
  'identifier',
  'datetime',
  'now',
  'now-7d',
  'midnight-1d',
  '2026-01-01',
  'asc',
  'desc',
  '*',
  '#*',
  '#""',
  '#Category',
  '%1',
  '0',
  '1',
  '-1',
  '999999999',
  'name',
  'id',
  'start_time',
  'number_of_events',
  '"a',
  "'",
  '"x y"',
  '\u0000',
  '𝒳',
  ...TABLES.keys(),
];
const atom = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 6 }));
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    atom,
    fc.array(tie('tree'), { maxLength: 5 }).map((items) => `(${items.join(' ')})`),
  ),
}));
const statement = fc.oneof(
  tree,
  fc.tuple(tree, tree, tree).map((parts) => `(select ${parts.join(' ')}`),
  fc
    .tuple(fc.constantFrom(...TABLES.keys()), tree, tree)
    .map(([table, a, b]) => `(select (*) (from ${table} ${a} (between now-2d now)) ${b} (limit 3))`),
  fc
    .tuple(fc.constantFrom(...TABLES.keys()), atom, atom)
    .map(([table, a, b]) => `(select (id) (from ${table} (where ${table} (eq ${a} (string ${b})`),
);

async function statusOf(values: URLSearchParams, post: boolean): Promise<number> {
  const url = `${simulator.engines[0]!.url}/2/query`;
  const headers = { authorization: basic(simulator.login) };
  const reply = await request(post ? url : `${url}?${values}`, {
    dispatcher: agent,
    method: post ? 'POST' : 'GET',
    headers,
    ...(post && { body: values.toString() }),
  });
  await reply.body.arrayBuffer();
  return reply.statusCode;
}

describe('an Engine under any statement (R23)', () => {
  it('answers 200, 400 or 403, and lives', { timeout: 300_000 }, async () => {
    const asked = fc.record({
      query: statement,
      format: fc.constantFrom('csv', 'json', 'xml', 'html', 'x'),
      platform: fc.constantFrom('windows', 'mac_os', 'mobile', 'y'),
      p1: fc.string({ maxLength: 20 }),
      post: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ post, ...values }) => {
        expect([200, 400, 403]).toContain(await statusOf(new URLSearchParams(values), post));
      }),
      { numRuns },
    );
    expect((await ask(simulator, { query: '(select (name) (from user) (limit 1))' })).body).toBe('name\njmeyer\n');
  });

  it.each([
    ['deep nesting', '('.repeat(200_000)],
    ['deep nesting of a table', `(select (id) (from ${'('.repeat(200_000)}user`],
    ['many fields', `(select (${'* '.repeat(100_000)}) (from device))`],
    ['many aggregates', `(select (id) (from device (with execution (compute ${'number_of_events '.repeat(50_000)}x`],
    ['a long name', `(select (${'n'.repeat(500_000)}) (from device))`],
    ['a long pattern', `(select (id) (from user (where user (eq name (pattern "${'*a'.repeat(200_000)}"))))`],
    ['placeholders that grow', `(select (${'%1'.repeat(200_000)}`],
    ['more than a megabyte', 'x'.repeat(1_100_000)],
  ])('answers %s soon', async (_, query) => {
    const began = performance.now();
    expect([200, 400]).toContain(await statusOf(new URLSearchParams({ query, p1: 'y'.repeat(1000) }), true));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('answers a request line that is no address', async () => {
    for (const path of ['//', '/2/query?%', '/2/query?query=%E0%A4%A', '/../2/query']) {
      const headers = { authorization: basic(simulator.login) };
      const reply = await agent.request({ origin: simulator.engines[0]!.url, path, method: 'GET', headers });
      await reply.body.arrayBuffer();
      expect([400, 404]).toContain(reply.statusCode);
    }
  });
});
