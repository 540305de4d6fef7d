import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import { type List, type Node, parse } from '../../../local/simulator/nxql/parser.ts';
import { readStatement } from '../../../local/simulator/nxql/statement.ts';
import { GdprError } from '../../../modules/common/errors.ts';
import { dataOf, refusalOf } from '../../../modules/engines/adapters/engine-responses.ts';
import { MAX_ERROR_PAGE, optionsOf } from '../../../modules/engines/adapters/error-page.ts';
import { listEnginesApi } from '../../../modules/engines/adapters/list-engines-api.ts';
import {
  findStatement,
  isFieldQueryable,
  isQueryable,
  objectStatement,
  queriedColumns,
  refuseEngineName,
  refuseName,
} from '../../../modules/engines/nxql.ts';
import { Engine } from '../../../modules/requests/source.ts';
import { looksLikeFormula } from '../../../modules/rows/csv.ts';
import { makeKernel } from '../../../modules/rows/row-kernel.ts';
import { RowWriter } from '../../../modules/rows/row-writer.ts';
import { cellTexts, TsvReader } from '../../../modules/rows/tsv.ts';
import { parseCsv } from '../../support/csv.ts';
import { silentLog } from '../../support/fakes.ts';
import { type PlainPeer, startPlainPeer } from '../../support/plain-peer.ts';
import { CANARY, isHarmless, parsed, type Target, tried } from '../target.ts';

const kernel = makeKernel();

/** Records and CSV of an answer, read in pieces; or why it is refused. */
function readRows(input: Buffer, size: number): { readonly rows: string[][]; readonly csv: string } | string {
  const reader = new TsvReader(kernel);
  const rows: string[][] = [];
  const csv: Buffer[] = [];
  let writer: RowWriter | undefined;
  const take = (chunk: Buffer, last: boolean) => {
    for (const record of reader.push(chunk, last)) {
      const cells = cellTexts(record);
      if (writer) {
        rows.push(cells);
        if (writer.write() >= kernel.rowsPiece) csv.push(Buffer.from(writer.take()));
      } else {
        reader.expect(cells);
        const layout = { cells: cells.map((_, cell) => cell), prefix: ['e1', 'windows'] };
        writer = new RowWriter(reader, layout, true);
      }
    }
    if (last && writer) csv.push(Buffer.from(writer.take()));
  };
  try {
    for (let at = 0; at < input.length; at += size) take(Buffer.from(input.subarray(at, at + size)), false);
    take(Buffer.alloc(0), true);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    isHarmless(error.message);
    return error.message;
  }
  return { rows, csv: Buffer.concat(csv).toString() };
}

const tsv: Target = {
  name: 'rows',
  samples: [
    `id\tname\tlast\n1\t${CANARY}\t2026-11-23T08:00:00\n2\t"two\nlines, ""quoted"""\t-\n3\t=1+2\t"@x"\n`,
    `user/id\tuser/name\tdevice/id\r\n7\t${CANARY}\t9\r\n7\t${CANARY}\t10\r\n7\t"${CANARY}"\t11\r\n`,
    `\ufeffname\n"a"\n\n"b ""c"" d"\n5" disk\n`,
    '"a"\t"b"\n"1\t2"\t"3"\n\t\n',
  ],
  words: ['"\t"', '""', '"\n', '\t"', '\r\n"', '"\r'],
  runs: 100,
  run(input) {
    const whole = readRows(input, Math.max(1, input.length));
    for (const size of input.length < 4000 ? [1, 7, 64] : [997]) expect(readRows(input, size)).toEqual(whole);
    if (typeof whole === 'string') return false;
    const seen = whole.rows.map((cells) => cells.map((cell) => (looksLikeFormula(cell) ? `'${cell}` : cell)));
    expect(parseCsv(whole.csv)).toEqual(seen.map((cells) => ['e1', 'windows', ...cells]));
    return true;
  },
};

const TYPES = [
  ...['text/csv; charset=utf-8', 'text/csv', 'text/csv; charset=iso-8859-1', 'text/csv; charset=windows-1252'],
  ...['text/csv; charset=utf-16le', 'text/csv; charset=utf-16', 'text/csv; charset="latin2"', 'text/csv; charset=x-é'],
];
const marker = { statuses: [401, 403], words: ['licen'] };

/** A response with this body in pieces, as Node gives it. */
const responseOf = (input: Buffer, size: number, headers: object, statusCode = 200): IncomingMessage => {
  const pieces = Array.from({ length: Math.ceil(input.length / size) }, (_, at) =>
    Buffer.from(input.subarray(at * size, (at + 1) * size)),
  );
  return Object.assign(Readable.from(pieces), { headers, statusCode }) as unknown as IncomingMessage;
};

const answer: Target = {
  name: 'answer',
  // The first byte chooses the type.
  samples: [0, 1, 2, 3, 4, 5].map((type) => {
    const encoding = type >= 4 ? 'utf16le' : type === 0 ? 'utf8' : 'latin1';
    return Buffer.concat([Buffer.from([type]), Buffer.from(`id\tname\n1\tZoë ${CANARY}\n`, encoding)]);
  }),
  words: ['<html>', '<', '\ufeff', ' ', '\n'],
  async run(input) {
    const body = input.subarray(1);
    const type = TYPES[(input[0] ?? 0) % TYPES.length]!;
    const headers = { 'transfer-encoding': 'chunked', 'content-type': type };
    const rules = { engineId: 'e1', answerBytes: 64 * 1024, idleSeconds: 60, marker };
    const read = (size: number) => tried(() => buffer(dataOf(responseOf(body, size, headers), rules)), GdprError);
    const whole = await read(Math.max(1, body.length));
    for (const size of body.length < 4000 ? [1, 5] : [991]) expect(await read(size)).toEqual(whole);
    if (!whole) return false;
    new TextDecoder('utf-8', { fatal: true }).decode(whole.result);
    expect(whole.result.length).toBeLessThanOrEqual(3 * body.length);
    return true;
  },
};

const PAGE = `<html><head><title>Error</title></head><body><p id="error_message">no such field ${CANARY}</p>
<ul class=x id='error_options'><li>#Cost center</li><li><b>#A &amp; B</b></li><LI>#&#x27;x&#39;</LI></ul></body></html>`;

const errorPage: Target = {
  name: 'error-page',
  samples: [PAGE, '<ul id=error_options><li>a<li>b</ul>', '<ul id="error_options"></ul><p>licence</p>'],
  words: ['<li>', '</li>', '<ul id=error_options>', '</ul>', '&#x1f4a9;', '&#xdfff;', '&#0;', '&nbsp;', '</body>'],
  runs: 100,
  async run(input) {
    const refused = await refusalOf(responseOf(input, 4096, {}, 400), 'e1', 'users', marker);
    isHarmless(refused.message);
    const options = optionsOf(input.subarray(0, MAX_ERROR_PAGE).toString());
    expect(refused).toMatchObject({ name: 'EngineQueryRejectedError' });
    for (const option of options ?? []) {
      if (!isFieldQueryable(option)) continue;
      const statement = objectStatement('device', '7', [option]);
      const [, fields] = parse(statement).items as [Node, List];
      expect(fields.items.at(-1)).toEqual({
        kind: 'atom',
        text: option.replace(/^#/, ''),
        quoted: true,
        dynamic: true,
      });
      expect(new URLSearchParams(new URLSearchParams({ query: statement }).toString()).get('query')).toBe(statement);
    }
    return options !== undefined;
  },
};

let portal: PlainPeer | undefined;

const engineList: Target = {
  name: 'list-engines',
  samples: [
    JSON.stringify([
      {
        name: 'engine-1',
        databaseUID: 'u-1',
        status: 'CONNECTED',
        address: '10.0.0.1',
        timezone: 'UTC',
        version: '6.30',
      },
      { name: 'engine-2', databaseUID: 'u/2', status: 'CONNECTED', address: 'e2.corp.example', port: 99 },
      { name: 'portal', databaseUID: 'portal', status: 'DISCONNECTED', address: '::1' },
    ]),
    '[]',
    JSON.stringify([{ name: 7, databaseUID: 8, status: 'CONNECTED', address: 'x', version: 6 }, null, 'x', 3]),
  ],
  words: ['"databaseUID"', '"CONNECTED"', 'unlisted-', '"portal"', '"../"'],
  async run(input) {
    portal ??= await startPlainPeer();
    portal.reset();
    portal.answerWith({ status: 200, body: input as unknown as string });
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (...given: unknown[]) => void logged.push(given) };
    const options = { url: portal.url, trust: { mode: 'ca' }, auth: { mode: 'basic' }, allowLoopback: true } as const;
    const api = listEnginesApi({ ...options, now: () => new Date(), log });
    const listed = await tried(() => api.listEngines({ username: 'x', password: CANARY }), GdprError);
    expect(JSON.stringify(logged)).not.toContain(CANARY);
    if (!listed) return false;
    const ids = listed.result.map(({ engineId }) => engineId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const engine of listed.result) {
      expect(Engine.safeParse(engine).error).toBeUndefined();
      expect(engine.engineId).toMatch(/^[A-Za-z0-9_-]{1,64}$/); // part of an object key, and of a name in the archive
      expect(engine.engineId).not.toBe('portal');
      if (engine.broken) expect(engine.status).not.toBe('CONNECTED');
    }
    const second: unknown = JSON.parse(new TextDecoder().decode(input));
    expect(listed.result).toHaveLength((second as unknown[]).length);
    return true;
  },
};

/** Every literal of a statement that stands for a name. */
const names = (node: Node): string[] => {
  if (node.kind === 'list') return node.items.flatMap(names);
  return node.quoted ? [node.text] : [];
};

const name: Target = {
  name: 'name',
  samples: ['jmeyer', 'CORP\\jmeyer', "o'neil@corp.example", 'Zoë Müller', 'the "boss"', '姓名 💥'],
  words: ['"', "'", '\\', '%1', '(', ')', '(or', '*', '\u00a0', '\u200b'],
  runs: 100,
  run(input) {
    const text = input.toString();
    const refused = refuseName(text) ?? refuseEngineName(text);
    if (refused !== undefined) isHarmless(refused);
    if (!isQueryable(text)) return refused === undefined;
    for (const kind of ['user', 'device'] as const) {
      const statement = findStatement(kind, ['id', 'name'], 'name', text);
      const form = new URLSearchParams({ query: statement, platform: 'windows' }).toString();
      expect([...new URLSearchParams(form)]).toEqual([
        ['query', statement],
        ['platform', 'windows'],
      ]);
      expect(names(parse(statement))).toEqual([text]);
      expect(readStatement(statement).source.wheres.flatMap(({ filters }) => filters)).toHaveLength(1);
      expect(queriedColumns(statement)).toEqual(['id', 'name']);
    }
    return true;
  },
};

const statement: Target = {
  name: 'statement',
  samples: [
    '(select (id name) (from user (where user (eq name (string "jmeyer")))))',
    '(select ((execution (*)) (user (*))) (from (execution user) (where user (eq id (identifier 7))) (between midnight-3d now)) (order_by start_time asc) (limit 100))',
    '(select (name #"Cost center") (from device (with execution (where user (eq id (identifier 1))) (compute number_of_events) (between now-7d now))) (limit 5))',
    '(update (set #"x" (string "y")) (from device (where device (eq id (identifier 3)))))',
  ],
  words: ['(select', '(from', '(where', '(eq', '(string', '#"', '(with', '(compute', '(between', '(order_by', '%1'],
  runs: 100,
  run(input) {
    const text = input.toString();
    const read = parsed(() => readStatement(text));
    if (!read) return false;
    if (read.result.verb === 'select') expect(queriedColumns(text).length).toBeGreaterThanOrEqual(0);
    return true;
  },
};

export const ENGINE_TARGETS: readonly Target[] = [tsv, answer, errorPage, engineList, name, statement];

export async function stopPeers(): Promise<void> {
  await portal?.stop();
  portal = undefined;
}
