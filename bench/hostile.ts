import { optionsOf } from '../modules/engines/adapters/error-page.ts';
import type { CellForm } from '../modules/portal/names/cell-reader.ts';
import { borrowKernel, returnKernel } from '../modules/rows/row-kernel.ts';
import { TsvReader } from '../modules/rows/tsv.ts';
import { judgeByName, judgeCell, user } from '../test/support/judged.ts';
import { atMost, type Report, type Results } from './report.ts';

const MB = { full: 10, quick: 2 };
const MAX_SECONDS = 2;
const TIMES = 3;

const judge = judgeByName(user('jdoe'));
/** Reads a cell of a type that PostgreSQL writes in this form. */
const inCell = (form: CellForm) => (text: string) => judgeCell(judge, text, form);

interface Input {
  readonly parser: string;
  readonly what: string;
  readonly text: (bytes: number) => string;
  readonly parse: (text: string) => unknown;
}

const repeated = (piece: string) => (bytes: number) => piece.repeat(bytes / piece.length);
const within = (start: string, piece: string, end: string) => (bytes: number) => start + repeated(piece)(bytes) + end;

/** The worst inputs that are known for each parser of bytes that others write. */
const INPUTS: readonly Input[] = [
  { parser: 'error page', what: 'tags that never end', text: repeated('<a id=error_options '), parse: optionsOf },
  { parser: 'error page', what: 'items', text: within('<ul id=error_options>', '<li><', ''), parse: optionsOf },
  { parser: 'TSV', what: 'an open quote, 100 bytes at a time', text: within('a\tb\n"', 'a\n', ''), parse: readTsv },
  { parser: 'TSV', what: 'quotes, 100 bytes at a time', text: repeated('"""\t"\n'), parse: readTsv },
  { parser: 'name in text', what: 'backslashes', text: repeated('\\'), parse: inCell('text') },
  { parser: 'name in text', what: 'escaped names', text: repeated('\\u006adoe '), parse: inCell('text') },
  {
    parser: 'name in text',
    what: 'JSON, 5,000 levels',
    text: within('['.repeat(5000), '"\\n",', `1${']'.repeat(5000)}`),
    parse: inCell('text'),
  },
  { parser: 'name in XML', what: 'references', text: repeated('&#x6a;doe '), parse: inCell('text') },
  {
    parser: 'JSON',
    what: 'escapes in one string',
    text: within('["', '\\n', '"]'),
    parse: inCell('json'),
  },
  { parser: 'literal', what: 'backslashes', text: within('{"', '\\\\', '"}'), parse: inCell('literal') },
  { parser: 'literal', what: 'nested quotes', text: within('("', '""{""', '")'), parse: inCell('literal') },
  { parser: 'bytes', what: 'bytes that are no text', text: within('\\x', 'ff6a646f65', ''), parse: inCell('text') },
];

function readTsv(text: string): void {
  const kernel = borrowKernel();
  const bytes = Buffer.from(text);
  const reader = new TsvReader(kernel);
  try {
    for (let at = 0; at < bytes.length; at += 100) for (const _ of reader.push(bytes.subarray(at, at + 100)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // refused, which ends it
  } finally {
    returnKernel(kernel);
  }
}

/** Time that the parsers of foreign bytes take for the worst inputs, with a limit: they must be linear (docs/benchmarks.md). */
export async function benchHostile(results: Results, megabytes = results.isQuick ? MB.quick : MB.full): Promise<void> {
  const measured = INPUTS.map((input) => ({ input, seconds: secondsFor(input, megabytes * 1024 * 1024) }));
  const report: Report = {
    title: `Worst inputs for the parsers, ${megabytes} MB each`,
    table: measured.map(({ input: { parser, what }, seconds }) => ({ parser, what, seconds: Math.max(...seconds) })),
    bars: measured.map(({ input: { parser, what }, seconds }) => atMost(`${parser}, ${what}: s`, seconds, MAX_SECONDS)),
    needsFullSize: true,
    notes: [],
    data: measured.map(({ input: { parser, what }, seconds }) => ({ parser, what, seconds })),
  };
  results.publish('hostile', report);
}

function secondsFor({ text, parse }: Input, bytes: number): number[] {
  const input = text(bytes);
  return Array.from({ length: TIMES }, () => {
    const began = performance.now();
    parse(input);
    return Number(((performance.now() - began) / 1000).toFixed(2));
  });
}
