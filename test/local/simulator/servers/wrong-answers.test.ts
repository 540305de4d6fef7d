import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFaultKind } from '../../../../local/simulator/servers/faults.ts';
import { kindOfQuery } from '../../../../local/simulator/servers/query-kinds.ts';
import { WRONG_ANSWERS } from '../../../../local/simulator/servers/wrong-answers.ts';
import { type Simulator, startSimulator } from '../../../../local/simulator/simulator.ts';
import { rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { ask, basic, optionsOf, readTsv, send } from '../support.ts';

let simulator: Simulator;
let sampleId: number;

const engine = () => simulator.engines[0]!;
const world = () => simulator.world.engines[0]!;
const LOOK_UP = '(select (id name) (from user (where user (eq name (string "jmeyer")))))';
const EVENTS = () =>
  '(select ((execution (id start_time)) (user (id name))) (from (execution user) ' +
  `(where user (eq id (identifier ${sampleId}))) (between now-91d now)) (order_by start_time asc) (limit 1000))`;

beforeAll(async () => {
  simulator = await startSimulator({ engines: 1, rows: 400, now: new Date('2026-11-23T12:00:00Z') });
  sampleId = [...rawRows(world(), 'user', 'windows')].find(({ cells }) => cells.name === 'jmeyer')!.id;
});
afterAll(() => simulator.stop());

/** The answer under a fault, as it comes. */
async function raw(fault: string | undefined, query: string) {
  engine().setFault(fault);
  const dispatcher = new Agent({ connect: { ca: simulator.caPem } });
  try {
    const url = `${engine().url}/2/query?${new URLSearchParams({ query, format: 'csv' })}`;
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      headers: { authorization: basic(simulator.login) },
    });
    return { status: statusCode, headers, bytes: Buffer.from(await body.arrayBuffer()) };
  } finally {
    await dispatcher.destroy();
    engine().setFault(undefined);
  }
}

const rowsOf = async (fault: string | undefined, query = EVENTS()) =>
  readTsv((await raw(fault, query)).bytes.toString());

describe('kindOfQuery', () => {
  it.each([
    ['account', '(select (id) (from user) (limit 1))'],
    ['look-up', LOOK_UP],
    ['list', '(select (id name) (from device (with user_activity (where user (eq id (identifier 7))) (between a b))))'],
    ['list', '(select (*) (from user (where user (eq id (identifier 7)))))'],
    ['event', '(select ((execution (*))) (from (execution user) (where user (eq id (identifier 7)))))'],
    ['header', '(select ((execution (*))) (from (execution user) (where user (eq id (identifier 0)))) (limit 0))'],
    ['dynamic', '(select (#"") (from user))'],
    ['schema', '(select (*) (from nonsense))'],
  ])('%s: %s', (kind, statement) => expect(kindOfQuery(statement)).toBe(kind));
});

describe('a fault with an aim', () => {
  it.each([
    ['text', undefined],
    ['text@event', { query: 'event', from: 1, to: Number.POSITIVE_INFINITY }],
    ['text@event#2', { query: 'event', from: 2, to: 2 }],
    ['text#2-', { from: 2, to: Number.POSITIVE_INFINITY }],
    ['cap-newest:7@list#2-4', { query: 'list', from: 2, to: 4 }],
  ])('%s is read', (text, aim) => expect(parseFaultKind(text).aim).toEqual(aim));

  it('is about the queries that it names alone', async () => {
    engine().setFault('text@look-up#2');
    const bodies: string[] = [];
    for (const query of [LOOK_UP, EVENTS(), LOOK_UP, LOOK_UP]) bodies.push((await ask(simulator, { query })).body);
    expect(bodies.map((body) => body.startsWith('reindexing'))).toEqual([false, false, true, false]);
    engine().setFault(undefined);
  });

  it('is refused with a kind of query that is not there', () =>
    expect(() => parseFaultKind('text@nothing')).toThrow(/look-up/));
});

describe('a wrong answer (R12)', () => {
  it('exists as many times as the table says, each unlike the honest one', async () => {
    const honest = await raw(undefined, EVENTS());
    const unlike = async (kind: string) => {
      const fault = kind.startsWith('cap-') ? `${kind}:5` : kind.startsWith('ids-') ? `${kind}:0` : kind;
      const answer = await raw(fault, EVENTS()).catch(() => undefined);
      const isSame = (name: string) => answer?.headers[name] === honest.headers[name];
      return !(answer?.status === 200 && answer.bytes.equals(honest.bytes) && isSame('content-type'));
    };
    const same: string[] = [];
    for (const kind of Object.keys(WRONG_ANSWERS)) if (!(await unlike(kind))) same.push(kind);
    // Nothing here is beyond ASCII, and nothing is refused.
    expect(same).toEqual(['latin1-silent', 'options-none', 'options-other', 'options-cut']);
  });

  it.each([
    ['cap-oldest:9', (rows: string[][]) => rows.slice(0, 9)],
    ['cap-newest:9', (rows: string[][]) => rows.slice(-9)],
    ['lacks-oldest:33', (rows: string[][]) => rows.slice(Math.round(rows.length * 0.33))],
    ['lacks-newest:33', (rows: string[][]) => rows.slice(0, rows.length - Math.round(rows.length * 0.33))],
    ['rows-twice', (rows: string[][]) => rows.flatMap((row) => [row, row])],
    ['header-alone', () => []],
    ['shuffled-columns', (rows: string[][]) => rows.map((row) => row.toReversed())],
  ])('%s keeps what it says', async (fault, expected) => {
    const [, ...honest] = await rowsOf(undefined);
    expect((await rowsOf(fault)).slice(1)).toEqual(expected(honest));
  });

  it('a cap comes before the limit, a random one keeps the same rows each time', async () => {
    const limited = EVENTS().replace('limit 1000', 'limit 1');
    const newest = await rowsOf('cap-newest:9');
    expect((await rowsOf('cap-newest:9', limited))[1]).toEqual(newest[1]);
    const [once, again] = [await rowsOf('cap-random:9'), await rowsOf('cap-random:9')];
    expect([once.length, once]).toEqual([10, again]);
    expect(once).not.toEqual((await rowsOf(undefined)).slice(0, 10));
  });

  it('other-subject and relabelled give the rows of somebody else', async () => {
    const [other, relabelled] = [await rowsOf('other-subject'), await rowsOf('relabelled')];
    expect(other.length).toBeGreaterThan(1);
    expect(other.slice(1).every(([, , id, name]) => id !== String(sampleId) && name !== 'jmeyer')).toBe(true);
    expect(relabelled.slice(1).map(([, , id]) => id)).toEqual(other.slice(1).map(() => String(sampleId)));
    expect(relabelled.slice(1).map(([, , , name]) => name)).toEqual(other.slice(1).map(([, , , name]) => name));
    const [, found] = await rowsOf('relabelled', LOOK_UP);
    expect([found![0] === String(sampleId), found![1]]).toEqual([false, 'jmeyer']);
  });

  it('ids-change lets another user have the id after so many event queries', async () => {
    engine().setFault('ids-change:1');
    const names = async () =>
      readTsv((await ask(simulator, { query: EVENTS() })).body)
        .slice(1)
        .map((row) => row[3]);
    const [before, after] = [await names(), await names()];
    engine().setFault(undefined);
    expect([new Set(before), new Set(after)]).toEqual([new Set(['jmeyer']), new Set(['jmeyer2'])]);
  });

  it('other-query gives the answer to the one before', async () => {
    await ask(simulator, { query: LOOK_UP });
    expect((await raw('other-query', EVENTS())).bytes.toString()).toBe(`id\tname\n${sampleId}\tjmeyer\n`);
  });

  it.each([
    ['gzip', 'gzip', 'text/csv; charset=utf-8', (bytes: Buffer) => gunzipSync(bytes).toString()],
    ['gzip-silent', undefined, 'text/csv; charset=utf-8', (bytes: Buffer) => gunzipSync(bytes).toString()],
    ['latin1', undefined, 'text/csv; charset=iso-8859-1', (bytes: Buffer) => bytes.toString('latin1')],
    ['latin1-silent', undefined, 'text/csv; charset=utf-8', (bytes: Buffer) => bytes.toString('latin1')],
    ['utf16', undefined, 'text/csv; charset=utf-16', (bytes: Buffer) => bytes.toString('utf16le').slice(1)],
    ['type-none', undefined, undefined, (bytes: Buffer) => bytes.toString()],
  ])('%s can be read by who knows', async (fault, encoding, type, read) => {
    const query = '(select (name full_name) (from user (where user (eq name (string "rené.favre")))))';
    const { headers, bytes } = await raw(fault, query);
    expect([headers['content-encoding'], headers['content-type']]).toEqual([encoding, type]);
    expect(read(bytes)).toBe('name\tfull_name\nrené.favre\tRené Favre\n');
  });

  it('pages that refuse have other names on them, or none', async () => {
    const options = async (fault: string | undefined) => {
      const { status, bytes } = await raw(fault, '(select (#"") (from user))');
      return [status, optionsOf({ status, headers: {}, body: bytes.toString() }).length];
    };
    expect(await options(undefined)).toEqual([400, 5]);
    expect(await options('options-none')).toEqual([400, 0]);
    expect(await options('options-other')).toEqual([400, 3]);
  });
});

describe('List Engines, when it is odd (R5)', () => {
  const list = async (some: Simulator) => {
    const url = `${some.portal.url}/api/configuration/v1/engines`;
    return send(some, url, { headers: { authorization: basic(some.login) } });
  };

  it('lists an Engine with parts that are null, absent or unknown', async () => {
    const kinds = ['null-address', 'no-address', 'null-version', 'odd-status', 'extra', 'text'];
    const faults = kinds.map((kind, index) => `engine-${index + 1}=listed-${kind}`);
    const odd = await startSimulator({ engines: 6, rows: 0, faults, listing: (engines) => [...engines, null] });
    const [first, second, third, fourth, fifth, sixth, seventh] = JSON.parse((await list(odd)).body);
    await odd.stop();
    expect(first).toMatchObject({ status: 'DISCONNECTED', address: null });
    expect(second).not.toHaveProperty('address');
    expect(third).toMatchObject({ version: null, status: 'CONNECTED' });
    expect(fourth.status).toBe('REINDEXING');
    expect(fifth.cluster).toEqual({ nodes: [1, 2] });
    expect([sixth, seventh]).toEqual(['engine-6', null]);
  });

  it('answers with something that is no list', async () => {
    const bodies: string[] = [];
    for (const kind of ['html', 'json', 'text', 'empty', undefined]) {
      simulator.setPortalFault(kind);
      bodies.push((await list(simulator)).body.slice(0, 6));
    }
    expect(bodies).toEqual(['<html>', '{"erro', 'reinde', '', '[{"nam']);
    expect(() => simulator.setPortalFault('down')).toThrow(/html, text/);
  });
});

describe('another version, other fields', () => {
  it('unknown-table: tables that nobody documented are on its list, and hold rows', async () => {
    const newer = await startSimulator({ engines: 1, rows: 300, faults: ['engine-1=unknown-table'] });
    const known = optionsOf(await ask(newer, { query: '(select (*) (from nonsense_table))' }));
    const query =
      '(select ((remote_session (*)) (user (name))) (from (remote_session user) (between now-91d now)) (limit 99))';
    const rows = readTsv((await ask(newer, { query })).body);
    const unlinked = await ask(newer, { query: query.replaceAll('remote_session', 'sensor_reading') });
    await newer.stop();
    expect(known).toEqual(expect.arrayContaining(['execution', 'remote_session', 'sensor_reading', 'gateway_check']));
    expect(rows.filter((row) => row.at(-1) === 'jmeyer').length).toBeGreaterThan(5);
    expect([unlinked.status, optionsOf(unlinked)]).toEqual([400, ['device']]);
  });

  it('dynamicFields: each Engine has its own', async () => {
    const dynamicFields = { 'engine-2': { user: ['Badge number', 'Home: "office"'] } };
    const two = await startSimulator({ engines: 2, rows: 0, dynamicFields });
    const query = '(select (#"") (from user))';
    const found = [await ask(two, { query }), await ask(two, { query, engine: 1 })].map(optionsOf);
    const values = await ask(two, { query: '(select (#"Badge number") (from user))', engine: 1 });
    const held = [...rawRows(two.world.engines[1]!, 'user', 'windows')].map(({ dynamic }) => dynamic['Badge number']);
    await two.stop();
    expect(found).toEqual([expect.arrayContaining(['#Category']), ['#Badge number', '#Home: &quot;office&quot;']]);
    expect(readTsv(values.body).slice(1).flat()).toEqual(held);
  });
});
