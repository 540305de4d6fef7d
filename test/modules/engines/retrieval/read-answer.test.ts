import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, inflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { FragmentEncoder } from '../../../../modules/archive/fragment.ts';
import { EngineRowsError } from '../../../../modules/engines/errors.ts';
import { readAnswer } from '../../../../modules/engines/retrieval/read-answer.ts';

const asked = { engineId: 'e', statement: '(select (id) (from user))' };
const rule = {
  subjectColumn: 'id',
  nameColumn: 'id',
  subjectId: '7',
  isSubject: () => true,
  idColumn: 'row',
  span: { from: '2025-01-01', to: '2027-01-01' },
};
const layOut = (columns: readonly string[]) => ({
  layout: { cells: columns.map((_, cell) => cell), prefix: ['e'] },
  neutralizeFormulas: true,
});
const streamOf = (chunks: Iterable<Buffer>) => Readable.from(chunks, { objectMode: false });
const answerOf = (text: string) => streamOf([Buffer.from(text)]);

describe('readAnswer', () => {
  const encoder = new FragmentEncoder(6);
  const contents = async () => {
    const { bytes } = await encoder.end();
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  };

  afterEach(() => encoder.discard());

  it('refuses a cell of 50 MB early, and holds no more than a record of it (R12)', async () => {
    let given = 0;
    function* endless() {
      yield Buffer.from('id\ttext\n7\t');
      for (; given < 50e6; given += 65_536) yield Buffer.alloc(65_536, 'x');
    }

    const reading = readAnswer(asked, streamOf(endless()), encoder, rule, layOut);

    await expect(reading).rejects.toThrow(EngineRowsError);
    await expect(reading).rejects.toThrow('Engine e answered with a record of more than 1048576 bytes');
    expect(given).toBeLessThan(3e6);
  });

  it('refuses a record that does not fit the header, and goes on with the next answer as if nothing was', async () => {
    const broken = readAnswer(asked, answerOf('id\ttext\n7\tgood\n7\tone\ttoo many\n'), encoder, rule, layOut);
    await expect(broken).rejects.toThrow('a record of 3 cells under a header of 2');
    await encoder.discard();

    await readAnswer(asked, answerOf('id\ttext\n7\tnext\n'), encoder, rule, layOut);

    expect(await contents()).toBe('e,7,next\r\n');
  });

  it('keeps lines that a bare quote could swallow as they are, instead of giving one row for three (C11)', async () => {
    const text = 'id\ttitle\n7\t"draft\n7\tother\n7\tMonitor 15"\n';

    await readAnswer(asked, answerOf(text), encoder, rule, layOut);

    expect(await contents()).toBe('e,7,"""draft"\r\ne,7,other\r\ne,7,"Monitor 15"""\r\n');
  });

  it('gives columns of the same name, or of the name of a first column, names of their own (decision 11)', async () => {
    const names: string[] = [];
    const answer = answerOf('id\tname\tname\tplatform\tname (2)\n7\ta\tb\tc\td\n');

    await readAnswer(asked, answer, encoder, rule, (columns) => {
      names.push(...columns);
      return layOut(columns);
    });

    expect(names).toEqual(['id', 'name', 'name (2)', 'platform (2)', 'name (2) (2)']);
    expect(await contents()).toBe('e,7,a,b,c,d\r\n');
  });

  it('drops and counts rows of another subject, its id in quotes or not', async () => {
    const answer = answerOf('id\ttext\n"7"\ta\n8\tb\n77\tc\n7\td\n');

    const { received, rows, foreign } = await readAnswer(asked, answer, encoder, rule, layOut);

    expect({ received, rows, foreign }).toEqual({ received: 4, rows: 2, foreign: 2 });
    expect(await contents()).toBe('e,"7",a\r\ne,7,d\r\n');
  });

  it('counts rows per day and keeps the border rule when days alternate (decision 21)', async () => {
    const days = ['2026-01-01', '2026-01-02', '2026-01-01', '2026-01-03', '2025-12-31', 'someday'];
    const answer = answerOf(`id\ttime\n${days.map((day) => `7\t${day}T10:00:00\n`).join('')}`);
    const window = { from: '2026-01-01', to: '2026-01-03' };

    const figures = await readAnswer(asked, answer, encoder, { ...rule, timeColumn: 'time', window }, layOut);

    expect(figures.rowsPerDay).toEqual({ '2026-01-01': 2, '2026-01-02': 1 });
    expect(figures.rows).toBe(4);
    expect(figures.doubles).toBe(1); // `someday` may come with another window, too
  });

  it.each([
    ['first', { from: '2026-01-01', to: '2026-02-01' }, ['2025-12-31', '2026-01-01']],
    ['last', { from: '2026-02-01', to: '2026-03-01' }, ['2026-02-28', '2026-03-01']],
  ])('keeps rows before or after all days in the %s window: clocks differ (decision 21)', async (_, window, kept) => {
    const days = ['2025-12-31', '2026-01-01', '2026-02-28', '2026-03-01'];
    const answer = answerOf(`id\ttime\n${days.map((day) => `7\t${day}T10:00:00\n`).join('')}`);
    const span = { from: '2026-01-01', to: '2026-03-01' };

    const figures = await readAnswer(asked, answer, encoder, { ...rule, timeColumn: 'time', window, span }, layOut);

    expect(Object.keys(figures.rowsPerDay)).toEqual(kept);
  });

  it.each([
    ['a part of the days', { from: '2026-01-01', to: '2026-02-01' }, 2],
    ['all days', rule.span, 0],
  ])('counts rows without a time as possible doubles in an answer of %s', async (_, window, doubles) => {
    const answer = answerOf('id\ttext\n7\ta\n7\tb\n');

    const figures = await readAnswer(asked, answer, encoder, { ...rule, timeColumn: 'time', window }, layOut);

    expect(figures).toMatchObject({ rows: 2, doubles });
  });

  it('leaves rows alone that the compressor still looks at, when an answer is read for another source', async () => {
    const textOf = () => {
      let text = 'id\ttext\n';
      while (text.length < 700_000) text += `7\t${randomBytes(60).toString('base64url')}\n`;
      return text;
    };
    const sources = [textOf(), textOf()].map((text) => ({ text, encoder: new FragmentEncoder(9) }));
    for (const { text, encoder } of sources) await readAnswer(asked, answerOf(text), encoder, rule, layOut);

    for (const { text, encoder } of sources) {
      const csv = inflateRawSync((await encoder.end()).bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
      encoder.close();
      const written = csv.replace(/e,7,(.*)\r\n/g, '7\t$1\n').replaceAll("'-", '-');
      expect(`id\ttext\n${written}` === text).toBe(true);
    }
  });

  it('compresses rows of many pieces whole and in order', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `7\t${`${row},`.repeat(5)}`);

    await readAnswer(asked, answerOf(`id\ttext\n${rows.join('\n')}`), encoder, rule, layOut);

    const expected = rows.map((_, row) => `e,7,"${`${row},`.repeat(5)}"\r\n`);
    expect(await contents()).toBe(expected.join(''));
  });
});
