import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDeadPort } from '../../../local/simulator/servers/serving.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { rawRows } from '../../../local/simulator/world/raw-rows.ts';
import { ask, basic, optionsOf, readTsv, send } from './support.ts';

const USERS = '(select (*) (from user))';
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ engines: 3, rows: 300 });
});
afterAll(() => simulator.stop());

describe('an Engine', () => {
  it('answers over TLS with tab-separated rows, lists and awkward cells intact (R10, R11)', async () => {
    const { status, headers, body } = await ask(simulator, { query: '(select (*) (from device))' });

    const [header, ...rows] = readTsv(body);
    const expected = [...rawRows(simulator.world.engines[0]!, 'device', 'windows')].map(({ cells }) => cells);
    expect(status).toBe(200);
    expect(headers.nx_exec_time).toMatch(/^\d+$/);
    expect(rows.map((row) => Object.fromEntries(row.map((cell, index) => [header![index], cell])))).toEqual(expected);
  });

  it('takes a form, repeated platforms and parameters', async () => {
    const { body } = await ask(simulator, {
      query: '(select (name) (from device (where device (eq name (string "%1")))))',
      method: 'POST',
      platform: ['windows', 'mac_os', 'mobile'],
      parameters: { p1: 'PH-202', hr: 'false' },
    });

    expect(body).toBe('name\nPH-202\n');
  });

  it('assumes Windows when no platform is named, html when no format is', async () => {
    const csv = await ask(simulator, { query: '(select (platform) (from device))' });
    const html = await send(simulator, `${simulator.engines[0]!.url}/2/query?query=${encodeURIComponent(USERS)}`, {
      headers: { authorization: basic(simulator.login) },
    });

    expect(new Set(readTsv(csv.body).flat())).toEqual(new Set(['platform', 'windows']));
    expect(html.body).toMatch(/^<html>.*<th>full_name<\/th>/);
  });

  it('writes json with lists and null', async () => {
    const { body } = await ask(simulator, {
      query: '(select (name mac_addresses bios_serial_number last_seen) (from device))',
      format: 'json',
    });

    const rows = JSON.parse(body) as Record<string, unknown>[];
    expect(rows[0]).toMatchObject({ name: 'LT-101', mac_addresses: [expect.stringMatching(/^02:/)] });
    expect(rows.some((row) => row.bios_serial_number === null)).toBe(true);
    expect(rows[0]!.last_seen).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect((await ask(simulator, { query: '(select (id) (from user) (limit 0))', format: 'json' })).body).toBe('[]');
  });

  it('writes xml with numbered cells', async () => {
    const query = '(select (name upn) (from user (where user (eq name (string jmeyer';
    const { body } = await ask(simulator, { query, format: 'xml' });

    expect(body).toContain('<header><c0>name</c0><c1>upn</c1></header>');
    expect(body).toContain('<r><c0>jmeyer</c0><c1>jana.meyer@corp.example</c1></r>');
  });

  it('refuses with an html page under 400, whatever format was asked for', async () => {
    const reply = await ask(simulator, { query: '(select (nmae) (from user))', format: 'json' });

    expect(reply.status).toBe(400);
    expect(reply.body).toMatch(/<html>.*id="error_message"/);
    expect(optionsOf(reply)).toEqual(['name']);
    expect((await ask(simulator, { query: USERS, platform: ['amiga'] })).status).toBe(400);
    expect((await ask(simulator, { query: USERS, format: 'CSV' })).status).toBe(400);
    expect((await ask(simulator, { query: '' })).status).toBe(400);
  });

  it('refuses to change anything', async () => {
    expect((await ask(simulator, { query: '(update (set #"Cost center" nil) (from user))' })).status).toBe(403);
  });

  it('lets nobody in but an account of full access with Finder access (R4)', async () => {
    const { traffic } = simulator.engines[1]!;
    const before = traffic.refusedLogins;
    const statuses = await Promise.all(
      simulator.accounts.map(async (login) => (await ask(simulator, { query: USERS, login, engine: 1 })).status),
    );
    const wrong = await ask(simulator, { query: USERS, login: { ...simulator.login, password: 'no' }, engine: 1 });
    const without = await send(simulator, `${simulator.engines[1]!.url}/2/query?query=x`);

    expect(statuses).toEqual([200, 401, 401, 401, 401]);
    expect(new Set(simulator.accounts.map(({ privacy }) => privacy)).size).toBe(4);
    expect(wrong.status).toBe(401);
    expect(without.headers['www-authenticate']).toMatch(/^Basic realm=/);
    expect(traffic.refusedLogins - before).toBe(6);
  });

  it('shows a certificate of its own (R11)', async () => {
    const ca = new X509Certificate(simulator.caPem);
    expect(ca.verify(ca.publicKey)).toBe(true);
    await expect(send({ ...simulator, caPem: '' }, `${simulator.engines[0]!.url}/2/query`)).rejects.toThrow();
  });

  it('streams many rows, and stops when the client goes away', async () => {
    const busy = await startSimulator({ engines: 1, rows: 60_000 });
    const query =
      '(select ((connection (*)) (device (*))) (from (connection device) (between now-91d now)) (limit 1000000))';
    const url = `${busy.engines[0]!.url}/2/query?format=csv&query=${encodeURIComponent(query)}`;
    const dispatcher = new Agent({ connect: { ca: busy.caPem } });
    try {
      const { body } = await request(url, { dispatcher, headers: { authorization: basic(busy.login) } });
      for await (const _chunk of body) break;
      await expect.poll(() => busy.engines[0]!.traffic.running).toBe(0);

      const whole = await send(busy, url, { headers: { authorization: basic(busy.login) } });
      expect(readTsv(whole.body)).toHaveLength(
        1 + [...rawRows(busy.world.engines[0]!, 'connection', 'windows')].length,
      );
    } finally {
      await dispatcher.destroy();
      await busy.stop();
    }
  });
});

describe('the List Engines API', () => {
  const path = '/api/configuration/v1/engines';

  it('lists every Engine, with a port that is not its Web API (R5, R10)', async () => {
    const { body } = await send(simulator, simulator.portal.url + path, {
      headers: { authorization: basic(simulator.login) },
    });

    const list = JSON.parse(body) as Record<string, unknown>[];
    expect(list.map(({ name, databaseUID, status }) => ({ name, databaseUID, status }))).toEqual(
      simulator.engines.map(({ id, name }) => ({ name, databaseUID: id, status: 'CONNECTED' })),
    );
    expect(new Set(list.map(({ timezone }) => timezone)).size).toBe(3);
    for (const { port } of list) expect(simulator.engines.map((engine) => engine.port)).not.toContain(port);
  });

  it('knows the passwords of all accounts, not their privacy (R4)', async () => {
    for (const login of simulator.accounts) {
      const reply = await send(simulator, simulator.portal.url + path, { headers: { authorization: basic(login) } });
      expect(reply.status).toBe(200);
    }
    const refused = await send(simulator, simulator.portal.url + path);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(/^Basic/);
  });
});

describe('startSimulator', () => {
  it('draws passwords anew each time', async () => {
    const other = await startSimulator({ engines: 1, rows: 0 });
    await other.stop();

    expect(other.login.password).not.toBe(simulator.login.password);
  });

  it('uses ports in a row, tells of a taken one, and speaks http on demand', async () => {
    const port = await findDeadPort();
    const plain = await startSimulator({ engines: 2, rows: 0, port, insecureHttp: true });
    try {
      expect(plain.engines.map(({ url }) => url)).toEqual([port, port + 1].map((at) => `http://127.0.0.1:${at}`));
      expect((await ask(plain, { query: USERS })).status).toBe(200);
      await expect(startSimulator({ engines: 1, rows: 0, port: port + 1 })).rejects.toThrow(
        `port ${port + 1} is taken`,
      );
    } finally {
      await plain.stop();
    }
  });

  it.each([{ engines: 0 }, { rows: -1 }, { seed: 0.5 }, { port: 65_536 }])('refuses %j', async (options) => {
    await expect(startSimulator(options)).rejects.toThrow(/give a whole number/);
  });
});
