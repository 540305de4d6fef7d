import { describe, expect, it } from 'vitest';
import { drawSwitches } from '../../../../local/simulator/servers/switches.ts';
import { type Simulator, startSimulator } from '../../../../local/simulator/simulator.ts';
import type { SimulatorOptions } from '../../../../local/simulator/simulator-options.ts';
import { rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { type Ask, ask, basic, optionsOf, readTsv, send } from '../support.ts';

async function withSimulator<Result>(options: SimulatorOptions, work: (simulator: Simulator) => Promise<Result>) {
  const simulator = await startSimulator({ engines: 1, rows: 200, seed: 2, ...options });
  try {
    return await work(simulator);
  } finally {
    await simulator.stop();
  }
}

const answerTo = (options: SimulatorOptions, question: Ask) =>
  withSimulator(options, (simulator) => ask(simulator, question));

describe('a switch', () => {
  it('crlf and bom: lines end in CR LF, the first begins with a mark', async () => {
    const { body } = await answerTo({ crlf: true, bom: true }, { query: '(select (name) (from user) (limit 2))' });

    expect(body).toMatch(/^\uFEFFname\r\njmeyer\r\njmeyer2\r\n$/);
  });

  it('dynamicHash: the header of a dynamic field has a # or not', async () => {
    const query =
      '(select ((user (#Category)) (device (id))) (from (user device) (with execution (between now-1d now))))';

    expect((await answerTo({}, { query })).body).toMatch(/^user\/#Category\tdevice\/id\n/);
    expect((await answerTo({ dynamicHash: false }, { query })).body).toMatch(/^user\/Category\tdevice\/id\n/);
  });

  it('caseSensitive: whether JMEYER is jmeyer', async () => {
    const query = '(select (name) (from user (where user (eq name (string JMEYER)))))';

    expect((await answerTo({}, { query })).body).toBe('name\n');
    expect((await answerTo({ caseSensitive: false }, { query })).body).toBe('name\njmeyer\n');
  });

  it('untypedLiterals: refused with the types that are good', async () => {
    const query = '(select (name) (from user (where user (eq name "jmeyer"))))';

    expect((await answerTo({}, { query })).body).toBe('name\njmeyer\n');
    const refused = await answerTo({ untypedLiterals: false }, { query });
    expect([refused.status, optionsOf(refused)]).toEqual([400, ['string', 'pattern']]);
  });

  it('repeatedWhere: several where of one table add up or exclude', async () => {
    const query =
      '(select (name) (from user (where user (eq name (string jmeyer))) (where user (eq name (string jmeyer2)))))';

    expect((await answerTo({}, { query })).body).toBe('name\n');
    expect((await answerTo({ repeatedWhere: 'or' }, { query })).body).toBe('name\njmeyer\njmeyer2\n');
  });

  it('cap: an answer has so many rows at most, or a larger limit is refused', async () => {
    const query = '(select (id) (from execution (between now-91d now)) (limit 100))';
    const rows = readTsv((await answerTo({ cap: 7 }, { query })).body).length - 1;

    expect(rows).toBe(7);
    const objects = await answerTo({ cap: 1 }, { query: '(select (name) (from user))' });
    expect(readTsv(objects.body)).toHaveLength(2);
    expect((await answerTo({ cap: 7, capRefuses: true }, { query })).status).toBe(400);
    expect((await answerTo({ cap: 100, capRefuses: true }, { query })).status).toBe(200);
  });

  it('defaultFormat: what comes when none is asked for', () =>
    withSimulator({ defaultFormat: 'json' }, async (simulator) => {
      const url = `${simulator.engines[0]!.url}/2/query?query=${encodeURIComponent('(select (name) (from user) (limit 1))')}`;
      const { body } = await send(simulator, url, { headers: { authorization: basic(simulator.login) } });
      expect(JSON.parse(body)).toEqual([{ name: 'jmeyer' }]);
    }));

  it('updates: sets categories and custom fields, checks all before it sets any', () =>
    withSimulator({ updates: true }, async (simulator) => {
      const device = () => [...rawRows(simulator.world.engines[0]!, 'device', 'windows')][0]!;
      const update = (text: string) =>
        ask(simulator, { query: `(update ${text} (from device (where device (eq name (string "LT-101"` });
      const done = await update('(set #"to be removed" (enum remove)) (set #"Asset tag" (string "A 1"))');

      expect([done.status, done.body]).toEqual([200, 'updated_objects\n1\n']);
      expect(device().dynamic).toMatchObject({ 'to be removed': 'remove', 'Asset tag': 'A 1' });
      for (const bad of [
        '(set #Category (enum no))',
        '(set #nothing nil)',
        '(set name (string x))',
        '(set #"score:Digital Experience/CPU" nil)',
      ]) {
        expect((await update(`(set #"Asset tag" nil) ${bad}`)).status).toBe(400);
      }
      expect(device().dynamic['Asset tag']).toBe('A 1');
      await update('(set #"Asset tag" nil)');
      expect(device().dynamic['Asset tag']).toBe('-');
    }));

  it('ancient: some events began before any window', () =>
    withSimulator({ ancient: true }, async ({ world }) => {
      const old = Date.now() - 400 * 86_400_000;
      for (const table of ['execution', 'connection', 'web_request']) {
        const rows = [...rawRows(world.engines[0]!, table, 'windows')].filter(({ start }) => start! < old);
        expect(rows.map(({ end }) => end! > old)).toEqual([true]);
      }
    }));
});

describe('drawSwitches', () => {
  it('gives each seed its combination, and all values in some', () => {
    const drawn = Array.from({ length: 40 }, (_, seed) => drawSwitches(seed));

    expect(drawSwitches(3)).toEqual(drawn[3]);
    for (const name of [
      'crlf',
      'bom',
      'unframed',
      'dynamicHash',
      'caseSensitive',
      'between',
      'quoting',
      'untypedLiterals',
    ] as const) {
      expect(new Set(drawn.map((switches) => switches[name])).size).toBe(2);
    }
    expect(new Set(drawn.map(({ cap }) => cap))).toEqual(new Set([undefined, 50, 200, 1000]));
  });
});
