import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { EngineApi, EngineQuery } from '../../../../modules/engines/ports.ts';
import { scriptedEngine } from '../../../support/fakes.ts';
import { days, EXECUTIONS, engineWith, setup } from '../../../support/scripted-executions.ts';

/** An Engine with eight executions, whose lines about them are changed; the line of the columns stays. */
async function ask(change: (line: string, query: EngineQuery) => string | readonly string[]) {
  const honest = scriptedEngine(engineWith(days(4, 2)));
  const query: EngineApi['query'] = async (engine, login, asked, signal) => {
    const answer = await honest.query(engine, login, asked, signal);
    if (asked.file !== EXECUTIONS) return answer;
    const [head, ...lines] = (await text(answer as Readable)).trimEnd().split('\n');
    const changed = [head, ...lines.flatMap((line) => change(line, asked))];
    return Readable.from([Buffer.from(changed.map((line) => `${line}\n`).join(''))], { objectMode: false });
  };
  const system = await setup({ query });
  await system.ask();
  const reasons = (await system.missing()).filter(({ file }) => file === EXECUTIONS).map(({ reason }) => reason);
  return { rows: (await system.csv(EXECUTIONS)).length, reasons };
}

const cells = (line: string, quote: (cell: string, at: number) => string) => line.split('\t').map(quote).join('\t');
const isListing = ({ statement }: EngineQuery) => !statement.includes('(execution (*))');

describe('ids of rows, by which doubles and missing rows are found (R12)', () => {
  it.each([
    ['everywhere', () => true],
    ['in the rows alone', (query: EngineQuery) => !isListing(query)],
    ['in the list of ids alone', isListing],
  ])('are the same in quotes, %s: no row is lost, none is named (C11)', async (_, isQuoted) => {
    const quoted = await ask((line, query) => (isQuoted(query) ? cells(line, (cell) => `"${cell}"`) : line));
    expect(quoted).toEqual({ rows: 8, reasons: [] });
  });

  it.each(['-', ''])(
    'that are not there, written "%s", make no row the double of another: that is noted (C13)',
    async (none) => {
      const without = await ask((line) => cells(line, (cell, at) => (at === 0 ? none : cell)));
      expect(without).toEqual({ rows: 8, reasons: ['UNCONFIRMED'] });
    },
  );

  it('that several rows share are named, since rows were taken for doubles (C13)', async () => {
    const shared = await ask((line) => cells(line, (cell, at) => (at === 0 ? '0' : cell)));
    expect(shared).toEqual({ rows: 1, reasons: ['DOUBLED_ROWS', 'INCONSISTENT'] });
  });
});
