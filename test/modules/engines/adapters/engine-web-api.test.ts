import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../../modules/common/ports.ts';
import { type EngineWebApiOptions, engineWebApi } from '../../../../modules/engines/adapters/engine-web-api.ts';
import { EngineUnavailableError } from '../../../../modules/engines/errors.ts';
import { MAX_FAILURES } from '../../../../modules/net/retry-policy.ts';
import type { Trust } from '../../../../modules/net/trust.ts';
import { anEngine, silentLog } from '../../../support/fakes.ts';
import { startTlsPeer, type TlsPeer } from '../../../support/tls-peer.ts';

const engine = anEngine('engine-1', { address: '127.0.0.1' });
const login = { username: 'gdpr-operator', password: 'pässword:with colon' };
const question = { statement: '(select (id) (from user))', platform: 'windows', file: 'engines/user.csv' } as const;
const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

interface Setting extends Partial<Omit<EngineWebApiOptions, 'addressOf'>> {
  readonly trust?: Trust;
  readonly host?: string;
  readonly answerBytes?: number;
}

/** An Engine that answers as given, and the API that asks it; `pauses` are counted instead of waited. */
async function setup(answer: (response: ServerResponse, before: number) => void, setting: Setting = {}) {
  const peer = await startTlsPeer(answer);
  const pauses: number[] = [];
  const api = engineWebApi({
    addressOf: () => ({
      host: setting.host ?? '127.0.0.1',
      port: peer.port,
      trust: setting.trust ?? { mode: 'ca', pem: peer.caPem },
      answerBytes: setting.answerBytes ?? 1_000_000,
    }),
    timeoutSeconds: 20,
    idleSeconds: 20,
    marker: { statuses: [402, 503], words: ['licence'] },
    allowLoopback: true,
    now: () => new Date('2026-11-23T08:00:00Z'),
    pause: async (ms) => void pauses.push(ms),
    random: () => 0.5,
    log: silentLog,
    ...setting,
  });
  open.push({ stop: api.close }, peer);
  const ask = async (signal?: AbortSignal) => text(await api.query(engine, login, question, signal));
  return { peer, pauses, api, ask };
}

const rows = 'id\tname\n7\tjdoe\n';
const status =
  (code: number, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();
const inTurn =
  (...answers: ((response: ServerResponse) => void)[]) =>
  (response: ServerResponse, before: number) =>
    (answers[before] ?? ((last) => void last.end(rows)))(response);
const heads = ({ asked }: TlsPeer) => asked.length;

describe('engineWebApi: one question (R10)', () => {
  it('posts statement, platform and format as a form with Basic credentials in UTF-8', async () => {
    const { peer, ask } = await setup((response) => void response.end(rows));
    expect(await ask()).toBe(rows);
    const [{ request, body }] = peer.asked as [TlsPeer['asked'][number]];
    expect([request.method, request.url]).toEqual(['POST', '/2/query']);
    expect(Buffer.from(request.headers.authorization!.slice(6), 'base64').toString()).toBe(
      'gdpr-operator:pässword:with colon',
    );
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      query: question.statement,
      platform: 'windows',
      format: 'csv',
      hr: 'false',
    });
  });

  it.each([
    [401, 'EngineAuthError'],
    [403, 'EngineAuthError'],
    [400, 'EngineQueryRejectedError'],
    [302, 'EngineAnswerError'],
    [404, 'EngineAnswerError'],
  ])('never asks again after %i: %s (decision 26)', async (code, name) => {
    const { peer, ask } = await setup(status(code, { location: 'https://127.0.0.1:1/' }));
    await expect(ask()).rejects.toMatchObject({ name });
    expect(heads(peer)).toBe(1);
  });

  it('names a page under status 200, and a redirect that it did not follow', async () => {
    const page = await setup((response) => void response.end('\uFEFF \n<html>Please log in</html>'));
    await expect(page.ask()).rejects.toThrow('a web page instead of data');
    const moved = await setup(status(307, { location: '/elsewhere' }));
    await expect(moved.ask()).rejects.toThrow('a redirect (307), which is not followed');
  });

  it.each([
    ['a cut byte order mark', [0xef]],
    ['a byte order mark', [0xef, 0xbb, 0xbf]],
    ['a line end', [0x0d, 0x0a]],
  ])('knows a page of which %s comes first, alone', async (_, beginning) => {
    const page = Buffer.from('\uFEFF<html>Please log in</html>');
    const { ask } = await setup((response) => {
      response.write(Buffer.from(beginning));
      setTimeout(() => response.end(page.subarray(beginning[0] === 0xef ? beginning.length : 3)), 20);
    });

    await expect(ask()).rejects.toThrow('a web page instead of data');
  });

  it.each(['', '\uFEFF', ' ', 'i', '\uFEFF\n'])(
    'passes data on that begin with %j in a chunk of its own',
    async (first) => {
      const { ask } = await setup((response) => {
        response.write(first);
        setTimeout(() => response.end('d\n7\n'), 20);
      });

      expect(await ask()).toBe(`${first}d\n7\n`.replace(/^\uFEFF/, ''));
    },
  );

  it.each(['utf8', 'latin1'] as const)('reads the names on a page of errors in %s (C12)', async (encoding) => {
    const page = Buffer.from('<html><ul id="error_options"><li>#Größe</li></ul></html>', encoding);
    const { ask } = await setup((response) => void response.writeHead(400).end(page));
    await expect(ask()).rejects.toMatchObject({ options: ['#Größe'] });
  });

  it.each([402, 503, 200])('knows an Engine without a licence by its words under %i (R2)', async (code) => {
    const { peer, ask } = await setup((response) => {
      response.writeHead(code).write('<html>');
      response.end('No valid LICENCE for this module</html>');
    });
    await expect(ask()).rejects.toMatchObject({ name: 'EngineLicenceError' });
    expect(heads(peer)).toBe(1);
  });
});

describe('engineWebApi: kindness to Engines', () => {
  it.each([500, 502, 503, 429, 408])('asks again after %i, later each time', async (code) => {
    const { peer, pauses, ask } = await setup(inTurn(status(code), status(code)));
    expect(await ask()).toBe(rows);
    expect(heads(peer)).toBe(3);
    expect(pauses).toEqual([250, 500]);
  });

  it('does not ask again where a question is to be sent once, and tells what was not sent', async () => {
    const { peer, api } = await setup(status(503));
    await expect(api.query(engine, login, { ...question, once: true })).rejects.toMatchObject({ unsent: false });
    expect(heads(peer)).toBe(1);
    await peer.stop();
    await expect(api.query(engine, login, { ...question, once: true })).rejects.toMatchObject({ unsent: true });
  });

  it('gives up after the third try', async () => {
    const { peer, ask } = await setup(status(500));
    await expect(ask()).rejects.toMatchObject({ name: 'EngineUnavailableError' });
    expect(heads(peer)).toBe(3);
  });

  it.each([
    ['seconds', '5'],
    ['a date', 'Mon, 23 Nov 2026 08:00:05 GMT'],
  ])('rests as long as Retry-After says in %s, and a little more', async (_form, value) => {
    const { pauses, ask } = await setup(inTurn(status(429, { 'retry-after': value })));
    expect(await ask()).toBe(rows);
    expect(pauses).toEqual([5250]);
  });

  it.each([
    ['longer than the question may take', '25', 25],
    ['long', '120', 120],
    ['long, as a date', 'Mon, 23 Nov 2026 08:01:00 GMT', 60],
  ])('leaves a rest that is %s to the state machine, and tells how long it is', async (_how, value, retryAfter) => {
    const { peer, ask } = await setup(status(503, { 'retry-after': value }));
    await expect(ask()).rejects.toMatchObject({ name: 'EngineUnavailableError', retryAfter });
    expect(heads(peer)).toBe(1);
  });

  it.each([
    ['truncated', (response: ServerResponse) => void setImmediate(() => response.destroy())],
    ['stalled', () => {}],
  ])('does not ask again once rows have come: a %s answer is for the caller to judge', async (_what, end) => {
    const breakOff = (response: ServerResponse) => {
      response.write(rows, () => end(response));
    };
    const { peer, ask } = await setup(breakOff, { idleSeconds: 0.2 });
    await expect(ask()).rejects.toMatchObject({ name: 'EngineUnavailableError' });
    expect(heads(peer)).toBe(1);
  });

  it('stops asking an Engine that keeps failing, and asks on when one answer came between', async () => {
    const failing = await setup(status(500));
    for (let i = 0; i < 4; i += 1)
      await expect(failing.ask()).rejects.toMatchObject({ name: 'EngineUnavailableError' });
    expect(heads(failing.peer)).toBe(MAX_FAILURES);
    const bad = status(500);
    const good = (response: ServerResponse) => void response.end(rows);
    const flaky = await setup(inTurn(bad, bad, good, bad, bad, good, bad, bad, good));
    for (let i = 0; i < 3; i += 1) expect(await flaky.ask()).toBe(rows);
  });

  it.each([
    ['hangs before its head', () => {}, { timeoutSeconds: 0.2 }],
    ['hangs within its rows', (response: ServerResponse) => void response.write(rows), { timeoutSeconds: 0.2 }],
    ['stalls within its rows', (response: ServerResponse) => void response.write(rows), { idleSeconds: 0.1 }],
    ['refuses connections', (response: ServerResponse) => void response.socket!.destroy(), {}],
  ])('stops asking an Engine that %s again and again', async (_what, answer, setting) => {
    const { peer, ask } = await setup(answer, setting);
    for (let i = 0; i < MAX_FAILURES; i += 1) await expect(ask()).rejects.toMatchObject({ retryable: true });
    const before = heads(peer);
    await expect(ask()).rejects.toMatchObject({
      name: 'EngineUnavailableError',
      cause: 'it failed too often in a row',
    });
    expect(heads(peer)).toBe(before);
  });

  it('does not blame the Engine for what is aborted from outside', async () => {
    const { peer, ask } = await setup(() => {});
    for (let i = 0; i <= MAX_FAILURES; i += 1) {
      const reason = new EngineUnavailableError('another');
      await expect(ask(AbortSignal.any([AbortSignal.abort(reason)]))).rejects.toBe(reason);
    }
    const open = new AbortController();
    const asking = ask(open.signal);
    setTimeout(() => open.abort(new Error('cancelled')), 200);
    await expect(asking).rejects.toThrow('cancelled');
    expect(heads(peer)).toBe(1);
  });

  it('ends a question with all its tries in time, and waits while an Engine thinks (R12)', async () => {
    const silent = await setup(() => {}, { timeoutSeconds: 0.3 });
    await expect(silent.ask()).rejects.toMatchObject({ name: 'EngineTimeoutError' });
    const thinking = await setup(
      (response) => {
        response.writeHead(200).flushHeaders();
        setTimeout(() => response.end(rows), 500);
      },
      { idleSeconds: 0.1 },
    );
    expect(await thinking.ask()).toBe(rows);
  });

  it('does not blame the Engine when the reader is slow', async () => {
    const { api } = await setup((response) => void response.end(rows.repeat(20_000)), { idleSeconds: 0.1 });
    let bytes = 0;
    for await (const chunk of await api.query(engine, login, question)) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(rows.length * 20_000);
  });

  it.each([
    ['a length', (response: ServerResponse) => void response.setHeader('content-length', rows.length - 1)],
    ['chunks', () => {}],
  ])('takes an answer without its last line end as whole under %s, which tell of a cut', async (_what, frame) => {
    const { ask } = await setup((response) => {
      frame(response);
      response.write(rows.slice(0, 4));
      response.end(rows.slice(4, -1));
    });
    expect(await ask()).toBe(rows.slice(0, -1));
  });

  it.each([
    ['within a cell', rows.slice(0, -3)],
    ['before the last line end', rows.slice(0, -1)],
    ['before anything', ''],
  ])('names an answer that ends with its connection %s (R12)', async (_where, sent) => {
    const unframed = (text: string) => (response: ServerResponse) => {
      response.removeHeader('transfer-encoding');
      response.flushHeaders();
      response.end(text);
    };
    const cut = await setup(unframed(sent));
    await expect(cut.ask()).rejects.toMatchObject({ name: 'EngineUnavailableError' });
    const whole = await setup(unframed(rows));
    expect(await whole.ask()).toBe(rows);
  });

  it('refuses an answer that is longer than allowed', async () => {
    const { ask } = await setup((response) => void response.end(rows.repeat(100)), { answerBytes: 1000 });
    await expect(ask()).rejects.toThrow('more than 1000 bytes');
  });

  it('gives an abort from outside back as it is, also within a pause', async () => {
    const reason = new Error('cancelled');
    const cancel = new AbortController();
    const { ask } = await setup(status(500), {
      pause: async (_ms, signal) => {
        cancel.abort(reason);
        signal!.throwIfAborted();
      },
    });
    await expect(ask(cancel.signal)).rejects.toBe(reason);
  });

  it('replaces a kept connection that the Engine gave up just then, and does so once', async () => {
    const good = (response: ServerResponse) => void response.end(rows);
    const giveUp = (response: ServerResponse) => void response.socket!.destroy();
    const { peer, ask } = await setup(inTurn(good, giveUp, good, giveUp, giveUp));
    expect(await ask()).toBe(rows);
    expect(await ask()).toBe(rows);
    expect(heads(peer)).toBe(3);
    await expect(ask()).rejects.toMatchObject({ name: 'EngineUnavailableError' });
    expect(heads(peer)).toBe(5);
  });
});

describe('engineWebApi: trust (R11)', () => {
  it('sends nothing to a peer whose certificate is not trusted', async () => {
    const { peer, ask } = await setup((response) => void response.end(rows), {
      trust: { mode: 'fingerprint', sha256: Array(32).fill('AA').join(':') },
    });
    await expect(ask()).rejects.toMatchObject({ name: 'EngineTlsError' });
    expect(heads(peer)).toBe(0);
  });

  it('warns, by the id of the Engine alone, whenever a certificate is not checked', async () => {
    const lines: unknown[] = [];
    const log: Log = { info: () => {}, warn: (event, fields) => void lines.push([event, fields]) };
    const { ask } = await setup((response) => void response.end(rows), {
      trust: { mode: 'insecure', until: '2026-11-23' },
      log,
    });
    expect(await ask()).toBe(rows);
    expect(lines).toEqual([['certificate not checked', { engineId: engine.engineId }]]);
  });

  it('ends the unchecked mode with its day', async () => {
    const { peer, ask } = await setup((response) => void response.end(rows), {
      trust: { mode: 'insecure', until: '2026-11-22' },
    });
    await expect(ask()).rejects.toMatchObject({ name: 'EngineTlsError' });
    expect(heads(peer)).toBe(0);
  });

  it.each(['127.0.0.1', 'localhost', '2130706433', '0177.0.0.1', '::ffff:127.0.0.1'])(
    'asks nobody on this machine, spelled %s, unless told to',
    async (host) => {
      const { peer, ask } = await setup((response) => void response.end(rows), { allowLoopback: false, host });
      await expect(ask()).rejects.toMatchObject({ name: 'EngineAddressError' });
      expect(heads(peer)).toBe(0);
    },
  );
});
